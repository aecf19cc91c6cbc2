import { choices, formatNumber, h, icon, listen, type CityCatalogue, type Part, type StoreyChoice } from 'citymirror';
import { choiceOf, classesOf, hiddenClassesOf, isShown, optionsWith, storeysOf, type Storey } from './model.ts';
import { layersOf, type PageUi } from './page-ui.ts';

type Models = NonNullable<CityCatalogue['layers']['models']>;
const SHOWS = ['all', 'only', 'below'] as const;

/** The topmost layer of models that is shown, with its catalogue. */
async function shownModels(ui: PageUi): Promise<{ layer: string; models: Models } | null> {
  for (const layer of layersOf(ui.twin, 'bim')) {
    const { url, visible } = ui.twin.document.layers[layer];
    const models = visible ? (await ui.catalogues.of(url))?.layers.models : undefined;
    if (models && ui.twin.document.layers[layer]) return { layer, models };
  }
  return null;
}

type Change = (next: Parameters<typeof optionsWith>[1]) => void;

function storeyRow({ words }: PageUi, storey: Storey, shown: { chosen: StoreyChoice | null; all: readonly Storey[] }, change: Change): HTMLElement {
  const { chosen, all } = shown;
  return h('li', {},
    h('button', {
      type: 'button', class: isShown(storey, chosen, all) ? 'storey' : 'storey off', 'aria-pressed': String(chosen?.id === storey.id),
      onclick: () => change({ storey: chosen?.id === storey.id ? null : { id: storey.id, show: chosen?.show ?? 'only' } }),
    },
    h('span', { class: 'ellipsis', text: storey.name || words.say('model.none') }),
    h('span', { class: 'quiet', text: storey.elevation === null ? '' : `${formatNumber(storey.elevation, words.language, 2)} m` }),
    h('span', { class: 'count', text: formatNumber(storey.count, words.language) })));
}

function classRow({ words }: PageUi, { name, count }: { name: string; count: number }, hidden: readonly string[], change: Change): HTMLElement {
  const off = hidden.includes(name);
  const turn = (): void => change({ hiddenClasses: off ? hidden.filter((each) => each !== name) : [...hidden, name] });
  return h('li', { class: off ? 'off' : '' },
    h('button', { class: 'icon', type: 'button', label: words.say(off ? 'model.showClass' : 'model.hideClass', { name }), 'aria-pressed': String(!off), onclick: turn }, icon(off ? 'eye-off' : 'eye')),
    h('span', { class: 'ellipsis', text: name }), h('span', { class: 'count', text: formatNumber(count, words.language) }));
}

/** The storeys and classes of a building model: what is shown is a choice of the document, so that it is undone, shared and followed. */
export function modelPanel(part: Part<PageUi>): void {
  const { ui, root, host, signal } = part;
  const { twin, words } = ui;
  let now: { layer: string; models: Models } | null = null;
  let model = (part.memory.get('model') as number | undefined) ?? 0;
  const change: Change = (next) => {
    const layer = now && twin.document.layers[now.layer];
    if (now && layer) twin.apply([{ op: 'add', path: `/layers/${now.layer}/options`, value: optionsWith(layer, next) }], { by: 'model' });
  };
  const choice = (): StoreyChoice | null => (now ? choiceOf(twin.document.layers[now.layer]) : null);
  const storeys = (): Storey[] => (now ? storeysOf(now.models, model) : []);
  const show = (what: (typeof SHOWS)[number]): void => {
    const id = choice()?.id ?? storeys()[0]?.id;
    change({ storey: what === 'all' || id === undefined ? null : { id, show: what } });
  };
  const shows = SHOWS.map((what) => h('button', { type: 'button', text: words.say(`model.${what}`), onclick: () => show(what) }));
  const which = h('select', { class: 'slim', label: words.say('model.which'), onchange: () => {
    model = Number(which.value);
    part.memory.set('model', model);
    draw();
  } });
  const list = h('ul', { class: 'storeys', 'aria-label': words.say('model.storeys') });
  const classes = h('ul', { class: 'classes', 'aria-label': words.say('model.classes') });
  const fly = h('button', { class: 'icon', type: 'button', label: words.say('model.fly'), onclick: () => {
    const [west, south, east, north] = now?.models.models[model]?.bounds ?? [0, 0, 0, 0];
    if (now) void twin.look({ west, south, east, north, top: now.models.models[model].anchor[2] + 20 }, 1.2);
  } }, icon('locate'));
  root.append(h('section', { class: 'panel', 'aria-label': words.say('model.title') },
    h('header', {}, icon('cube'), h('h2', { text: words.say('model.title') }), fly),
    h('div', { class: 'pad stack scroll' }, which, choices(words.say('model.show'), 'segments', shows), list, h('h3', { text: words.say('model.classes') }), classes)));

  const draw = (): void => {
    host.hidden = now === null;
    if (!now) return;
    if (model >= now.models.models.length) model = 0;
    const layer = twin.document.layers[now.layer];
    if (!layer) return;
    const all = storeys();
    const chosen = choice();
    which.hidden = now.models.models.length < 2;
    which.replaceChildren(...now.models.models.map(({ name }, k) => h('option', { value: String(k), text: name, selected: k === model })));
    const own = chosen && all.some(({ id }) => id === chosen.id) ? chosen : null;
    SHOWS.forEach((what, k) => {
      shows[k].setAttribute('aria-checked', String((own?.show ?? 'all') === what));
      shows[k].disabled = what !== 'all' && all.length < 2;
    });
    list.replaceChildren(...(all.some(({ elevation }) => elevation !== null) ? all.map((storey) => storeyRow(ui, storey, { chosen: own, all }, change)) : [h('li', { class: 'quiet', text: words.say('model.noStoreys') })]));
    const hidden = hiddenClassesOf(layer);
    classes.replaceChildren(...classesOf(all.filter((storey) => isShown(storey, own, all))).map((each) => classRow(ui, each, hidden, change)));
  };
  const follow = async (): Promise<void> => {
    const found = await shownModels(ui);
    if (signal.aborted) return;
    now = found;
    draw();
  };
  host.hidden = true;
  void follow();
  listen(part, twin.on('state', () => void follow()));
}
