import { createTwin, createUi, defineWidget, defineWidgets, placeWidget, UI_EN, UI_ZH, Words, type CityTwin } from 'citymirror';
import { addByUrl, layerProperties } from './add-layer.ts';
import { barWidget, pageKeys, syntheticWidget } from './bar.ts';
import { cardPanel } from './card-panel.ts';
import { Catalogues } from './catalogues.ts';
import { clipPanel } from './clip-panel.ts';
import { PAGE_EN } from './dictionary-en.ts';
import { PAGE_ZH } from './dictionary-zh.ts';
import { acceptDrops, openFile } from './files.ts';
import { incidentPanel, placeIncident } from './incident-panel.ts';
import { loadingWidget } from './loading.ts';
import { measurePanel } from './measure-panel.ts';
import { modelPanel } from './model-panel.ts';
import { noViewWidget } from './no-view.ts';
import { findOpening, type Opening } from './opening.ts';
import { languageOf } from './language.ts';
import { sayError, type PageUi, type PageWords } from './page-ui.ts';
import { PAGE_STYLE } from './page-style.ts';
import { firstView, isScattered } from './scene-of-city.ts';
import { ToolBox } from './tools.ts';

function at(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element ${id}.`);
  return found;
}

function definePageWidgets(): void {
  defineWidgets();
  defineWidget('planner-bar', barWidget);
  defineWidget('planner-card', cardPanel);
  defineWidget('planner-incident', incidentPanel);
  defineWidget('planner-measure', measurePanel);
  defineWidget('planner-clip', clipPanel);
  defineWidget('planner-model', modelPanel);
  defineWidget('planner-loading', loadingWidget);
  defineWidget('planner-no-view', noViewWidget);
  defineWidget('planner-note', syntheticWidget);
}

/** Everything the widgets share, for one twin. */
function makeUi(twin: CityTwin, words: PageWords, opening: Opening, signal: AbortSignal): PageUi {
  const catalogues = new Catalogues();
  const ui: PageUi = {
    ...createUi({
      twin, words, signal, styles: PAGE_STYLE,
      layers: {
        properties: (layer) => layerProperties(twin, catalogues, layer),
        add: (url) => addByUrl(twin, words, url).catch((cause: unknown) => { throw new Error(cause instanceof Error && cause.name === 'Error' ? cause.message : sayError(words, cause)); }),
        files: (files) => { for (const file of files) void ui.openFile(file); },
      },
    }),
    twin, words, catalogues, tools: new ToolBox(), cities: opening.cities, city: opening.city,
    openFile: (file) => openFile(twin, words, ui.notices, file),
  };
  return ui;
}

function layOut(ui: PageUi): void {
  placeWidget('planner-bar', ui, at('top'));
  placeWidget('planner-loading', ui, at('loading'));
  placeWidget('city-layers', ui, at('left'));
  placeWidget('planner-model', ui, at('left'));
  placeWidget('city-alarms', ui, at('right'));
  placeWidget('planner-measure', ui, at('right'));
  placeWidget('planner-clip', ui, at('right'));
  placeWidget('planner-card', ui, at('right'));
  placeWidget('planner-incident', ui, at('right'));
  placeWidget('planner-note', ui, at('note'));
  placeWidget('city-north', ui, at('compass'));
  placeWidget('planner-no-view', ui, at('no-view'));
  placeWidget('city-clock', ui, at('bottom'));
  const where = document.createElement('div');
  where.className = 'where';
  at('bottom').append(where);
  placeWidget('city-place', ui, where);
  placeWidget('city-credits', ui, at('credits'));
  placeWidget('city-notices', ui, at('notices'));
}

/** What the page itself follows: theme, titles, the pointer's shape, errors, the incident tool's clicks. */
function follow(ui: PageUi, signal: AbortSignal): void {
  const { twin, words, tools } = ui;
  const draw = (): void => {
    const { title } = twin.document;
    document.documentElement.dataset.theme = twin.light.night > 0.8 ? 'dark' : 'light';
    document.documentElement.lang = words.language;
    document.title = words.say('page.title', { scene: words.text(title) });
    at('map').setAttribute('aria-label', words.say('page.map'));
  };
  draw();
  twin.on('light', draw, { signal });
  words.onChange(() => {
    draw();
    const address = new URL(location.href);
    address.searchParams.set('lang', words.language);
    history.replaceState(null, '', address);
  }, signal);
  const right = at('right');
  const sides = (): void => { document.documentElement.classList.toggle('has-right', [...right.children].some((each) => !(each as HTMLElement).hidden)); };
  const watch = new MutationObserver(sides);
  watch.observe(right, { attributes: true, attributeFilter: ['hidden'], subtree: true });
  sides();
  tools.onChange((tool) => { at('map').dataset.tool = tool; }, signal);
  const offs = [
    twin.on('state', draw),
    twin.on('error', ({ error }) => { if (error.code !== 'aborted') ui.notices.say({ text: sayError(words, error), tone: 'bad' }); }),
    twin.on('pick', ({ surface, hit }) => {
      if (tools.tool !== 'incident') return;
      const place = hit ?? surface;
      if (!place) return;
      tools.tool = 'select';
      void placeIncident(ui, { lon: place.lon, lat: place.lat });
    }),
  ];
  signal.addEventListener('abort', () => {
    for (const off of offs) off();
    watch.disconnect();
  }, { once: true });
  pageKeys(ui, signal);
  acceptDrops(ui, signal);
}

/** Data of places far apart have nothing in their middle: the page opens on the first building instead. */
async function goToData({ twin, catalogues }: PageUi): Promise<void> {
  const url = Object.values(twin.document.layers).find((layer) => layer.type === 'tiles')?.url;
  const [city, features] = await Promise.all([catalogues.of(url), catalogues.features(url)]);
  if (!city || !features || !isScattered(city)) return;
  const { rows } = await twin.analyse('features', { features, numbers: [0] });
  const [lon, lat] = [Number(rows[0]?.properties.lon), Number(rows[0]?.properties.lat)];
  if (Number.isFinite(lon) && Number.isFinite(lat)) await twin.look(firstView([lon, lat], [lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02]), 0);
}

async function start(): Promise<void> {
  // Addresses of layers may carry keys: the browser's list of what was asked for, which any script reads, is not kept.
  performance.setResourceTimingBufferSize(0);
  const query = new URLSearchParams(location.search);
  const words: PageWords = new Words({ zh: { ...UI_ZH, ...PAGE_ZH }, en: { ...UI_EN, ...PAGE_EN } }, languageOf(query.get('lang'), navigator.languages));
  const opening = at('opening');
  const say = (text: string): void => { opening.querySelector('p')!.textContent = text; };
  const fail = (text: string): void => {
    opening.classList.add('failed');
    opening.setAttribute('role', 'alert');
    say(text);
  };
  document.documentElement.lang = words.language;
  say(words.say('page.loading'));
  try {
    const found = await findOpening(location);
    if (!found) return fail(words.say('page.noCity'));
    const twin = await createTwin(at('map'), { backend: query.get('backend') ?? 'three', document: found.scene, economy: query.has('economy'), credits: false });
    Object.assign(window, { twin });
    const life = new AbortController();
    window.addEventListener('pagehide', (event) => { if (!event.persisted) { life.abort(); void twin.dispose(); } }, { once: true });
    definePageWidgets();
    const ui = makeUi(twin, words, found, life.signal);
    layOut(ui);
    follow(ui, life.signal);
    opening.remove();
    if (found.city) await goToData(ui).catch((cause: unknown) => ui.notices.say({ text: sayError(words, cause), tone: 'bad' }));
  } catch (cause) {
    fail(sayError(words, cause));
    console.error(cause);
  }
}

void start();
