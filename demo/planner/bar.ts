import { choices, h, icon, listen, type IconName, type Part } from 'citymirror';
import { lookAt } from './affected-list.ts';
import { saveRecordings, saveScene, shareScene } from './files.ts';
import { sayError, type PageUi } from './page-ui.ts';
import { searchField } from './search.ts';
import type { ToolName } from './tools.ts';
import { undergroundButton } from './underground.ts';

type PagePart = Part<PageUi>;

const LIGHTS = ['dawn', 'day', 'dusk', 'night', 'clock'] as const;
const VIEWS = [['three', 'bar.three', 'bar.viewThree'], ['cesium', 'bar.cesium', 'bar.viewCesium']] as const;
const TOOLS = [['select', 'pointer'], ['incident', 'incident'], ['distance', 'distance'], ['area', 'area'], ['clip', 'clip']] as const satisfies readonly (readonly [ToolName, IconName])[];

function button(name: IconName, label: string, run: () => void): HTMLButtonElement {
  return h('button', { class: 'icon', type: 'button', label, onclick: run }, icon(name));
}

function toolButtons(part: PagePart): HTMLElement {
  const { words, tools, twin } = part.ui;
  const buttons = TOOLS.map(([tool, glyph]) => button(glyph, words.say(`bar.${tool}`), () => { tools.tool = tools.tool === tool ? 'select' : tool; }));
  const draw = (): void => TOOLS.forEach(([tool], i) => {
    buttons[i].setAttribute('aria-checked', String(tools.tool === tool));
    buttons[i].disabled = twin.backend.canvas === null && tool !== 'select' && tool !== 'incident';
  });
  draw();
  tools.onChange(draw, part.signal);
  listen(part, twin.on('backend', draw));
  return choices(words.say('bar.tools'), 'group', buttons);
}

function historyButtons(part: PagePart): HTMLElement {
  const { words, twin } = part.ui;
  const undo = button('undo', words.say('bar.undo'), () => { twin.undo(); });
  const redo = button('redo', words.say('bar.redo'), () => { twin.redo(); });
  const draw = (): void => {
    undo.disabled = !twin.canUndo;
    redo.disabled = !twin.canRedo;
  };
  draw();
  listen(part, twin.on('state', draw));
  return h('div', { class: 'group' }, undo, redo);
}

function lightButtons(part: PagePart): HTMLElement {
  const { words, twin } = part.ui;
  const buttons = LIGHTS.map((light) => button(light === 'clock' ? 'sunClock' : light, words.say(`light.${light}`), () => twin.apply([{ op: 'replace', path: '/light', value: light }], { by: 'bar' })));
  const draw = (): void => LIGHTS.forEach((light, i) => buttons[i].setAttribute('aria-checked', String(twin.document.light === light)));
  draw();
  listen(part, twin.on('state', draw));
  return choices(words.say('bar.light'), 'group', buttons);
}

function viewButtons(part: PagePart): HTMLElement {
  const { words, twin, notices } = part.ui;
  const buttons = VIEWS.map(([name, text, tip]) => h('button', { type: 'button', text: words.say(text), label: words.say(tip), onclick: () => void change(name) }));
  const draw = (): void => VIEWS.forEach(([name], i) => {
    buttons[i].setAttribute('aria-checked', String(twin.backend.name === name));
    buttons[i].disabled = twin.backend.canvas === null;
  });
  const change = async (name: string): Promise<void> => {
    if (name === twin.backend.name) return;
    for (const each of buttons) each.disabled = true;
    notices.say({ text: words.say('bar.switching'), tone: 'plain', seconds: 3 });
    try {
      await twin.use(name);
      const address = new URL(location.href);
      address.searchParams.set('backend', name);
      history.replaceState(null, '', address);
    } catch (cause) {
      notices.say({ text: sayError(words, cause), tone: 'bad' });
    }
    if (!part.signal.aborted) draw();
  };
  draw();
  listen(part, twin.on('backend', draw));
  return choices(words.say('bar.view'), 'segments', buttons);
}

function fileButtons(part: PagePart): HTMLElement {
  const { ui } = part;
  const { words } = ui;
  const chooser = h('input', { type: 'file', hidden: true, accept: '.json,.geojson,application/json,application/geo+json', onchange: () => {
    for (const file of chooser.files ?? []) void ui.openFile(file);
    chooser.value = '';
  } });
  return h('div', { class: 'group' },
    button('share', words.say('bar.share'), () => void shareScene(ui)),
    button('save', words.say('bar.save'), () => saveScene(ui)),
    button('record', words.say('bar.record'), () => void saveRecordings(ui)),
    button('open', words.say('bar.open'), () => chooser.click()), chooser);
}

function cityChoice(part: PagePart): HTMLElement {
  const { ui: { words, twin, cities, city } } = part;
  const title = h('span', { class: 'scene ellipsis' });
  const draw = (): void => { title.textContent = words.text(twin.document.title); };
  draw();
  listen(part, twin.on('state', draw));
  if (cities.length < 2) return title;
  const select = h('select', { class: 'slim', label: words.say('page.city'), onchange: () => {
    const address = new URL(location.href);
    address.searchParams.set('city', select.value);
    address.searchParams.delete('scene');
    address.hash = '';
    location.assign(address);
  } }, ...(city === null ? [h('option', { value: '', text: words.text(twin.document.title), selected: true })] : []),
  ...cities.map((each) => h('option', { value: each.id, text: words.text(each.title), selected: each.id === city })));
  return select;
}

/** The bar along the top: whose picture it is, search, tools, undo, light, view, file, language. */
export function barWidget(part: PagePart): void {
  const { ui, root } = part;
  const { words, twin } = ui;
  const language = h('button', { class: 'text slim', type: 'button', text: words.say('bar.language'), label: words.say('bar.languageTip'), onclick: () => { words.language = words.language === 'zh' ? 'en' : 'zh'; } });
  language.lang = words.language === 'zh' ? 'en' : 'zh';
  const panel = button('panel', words.say('bar.panel'), () => {
    const off = document.documentElement.classList.toggle('no-layers');
    panel.setAttribute('aria-pressed', String(!off));
  });
  panel.setAttribute('aria-pressed', String(!document.documentElement.classList.contains('no-layers')));
  const find = searchField(part, { id: 'find', hint: words.say('search.hint'), choose: (found) => {
    if (found.target) twin.apply([{ op: 'replace', path: '/selection', value: found.target }], { by: 'search', undo: false });
    lookAt(twin, found);
  } });
  root.append(h('header', { class: 'top' },
    panel, h('span', { class: 'brand' }, h('b', { text: words.say('brand') }), words.language === 'zh' ? h('span', { class: 'latin', text: 'CityMirror' }) : null),
    cityChoice(part), find, h('span', { class: 'grow' }),
    toolButtons(part), undergroundButton(part), historyButtons(part), lightButtons(part), viewButtons(part), fileButtons(part), language));
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.composedPath()[0] instanceof HTMLInputElement) return;
    event.preventDefault();
    root.querySelector<HTMLInputElement>('#find')?.focus();
  }, { signal: part.signal });
}

/** Keys of the page: undo, redo, Escape puts the tool away. */
export function pageKeys(ui: PageUi, signal: AbortSignal): void {
  document.addEventListener('keydown', (event) => {
    const typing = event.composedPath()[0];
    const inText = typing instanceof HTMLInputElement && typing.type !== 'range';
    if ((event.ctrlKey || event.metaKey) && !inText && /^[zy]$/iu.test(event.key)) {
      event.preventDefault();
      if (event.shiftKey || event.key.toLowerCase() === 'y') ui.twin.redo();
      else ui.twin.undo();
    } else if (event.key === 'Escape' && !inText) ui.tools.tool = 'select';
  }, { signal });
}

/** A note on what is shown, under the bar: a made-up city says so at all times. */
export function syntheticWidget(part: PagePart): void {
  const { ui: { words, twin, catalogues }, root, host, signal } = part;
  root.append(h('p', { class: 'synthetic', text: words.say('page.synthetic') }));
  const draw = async (): Promise<void> => {
    const cities = await Promise.all(Object.values(twin.document.layers).filter((layer) => layer.type === 'tiles').map((layer) => catalogues.of(layer.url)));
    if (!signal.aborted) host.hidden = !cities.some((city) => city?.synthetic);
  };
  host.hidden = true;
  void draw();
  listen(part, twin.on('state', ({ patch }) => { if (patch.some(({ path }) => path === '' || /^\/layers\/[^/]+$/u.test(path))) void draw(); }));
}
