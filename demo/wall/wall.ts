import { createTwin, createUi, defineWidgets, placeWidget, UI_EN, UI_ZH, Words, type CityTwin, type SceneDocument } from 'citymirror';
import { languageOf } from '../planner/language.ts';
import { findOpening } from '../planner/opening.ts';
import { Board } from './board.ts';
import { sayer } from './words.ts';

/**
 * The wall: opens from its address alone (`?city=`, `?scene=`, `?backend=`, `?lang=`, `?light=`, `?tour`), needs no hand afterwards, and finds its way back
 * after a restart of the server, a lost network, a lost graphics context or a scene that could not be read.
 */
const query = new URLSearchParams(location.search);
const language = languageOf(query.get('lang'), ['zh']);
const say = sayer(language);
const board = new Board(language, say);
document.documentElement.lang = language;

/** Milliseconds between tries, and between looks at whether the server is there. */
const RETRY = 3000;
const LOOK = 5000;
/** Milliseconds that a pointer rests before it is hidden. */
const IDLE = 3000;
/** Seconds of one piece of the tour, and degrees it turns. */
const TOUR = { seconds: 24, turn: 12 };

const later = (milliseconds: number): Promise<void> => new Promise((done) => { setTimeout(done, milliseconds); });

/** The scene, as soon as somebody has it. */
async function scene(): Promise<SceneDocument> {
  for (let tries = 1; ; tries++) {
    try {
      const opening = await findOpening(location);
      if (opening) return opening.scene as SceneDocument;
      board.boot(say('noCity'));
    } catch {
      board.boot(say('waiting', { n: tries }));
    }
    await later(RETRY);
  }
}

async function open(): Promise<CityTwin> {
  for (;;) {
    try {
      const found = await scene();
      const light = query.get('light') ?? 'clock';
      const twin = await createTwin(document.getElementById('twin')!, { backend: query.get('backend') ?? 'three', economy: query.has('economy'), document: { ...found, light } });
      board.boot('');
      return twin;
    } catch (cause) {
      board.boot(say('failed', { why: cause instanceof Error ? cause.message : String(cause), seconds: RETRY / 1000 }));
      await later(RETRY);
    }
  }
}

/** Whether the server answers; layers that could not be had while it was away are asked for again when it is back. */
function watchServer(twin: CityTwin): { readonly online: boolean } {
  const state = { online: true };
  setInterval(() => void fetch('/cities/index.json', { cache: 'no-store', signal: AbortSignal.timeout(LOOK) }).then(({ ok }) => ok, () => false).then((online) => {
    const back = online && !state.online;
    state.online = online;
    if (back) again(twin);
  }), LOOK);
  return state;
}

function again(twin: CityTwin): void {
  for (const [id, layer] of Object.entries(twin.document.layers)) {
    if (twin.status(id).state !== 'failed') continue;
    twin.apply([{ op: 'remove', path: `/layers/${id}` }], { by: 'wall', undo: false });
    twin.apply([{ op: 'add', path: `/layers/${id}`, value: layer }], { by: 'wall', undo: false });
  }
}

/** Turns slowly around what is looked at. */
async function tour(twin: CityTwin): Promise<never> {
  for (;;) {
    await later(1000);
    const { view } = twin.backend;
    const middle = await twin.surfaceAt(view.width / 2, view.height * 0.55).catch(() => null);
    if (!middle) continue;
    const { pose } = view;
    const turn = (TOUR.turn * Math.PI) / 180;
    const stretch = Math.cos((middle.lat * Math.PI) / 180);
    const [east, north] = [(pose.lon - middle.lon) * stretch, pose.lat - middle.lat];
    const to = { ...pose, lon: middle.lon + (east * Math.cos(turn) + north * Math.sin(turn)) / stretch, lat: middle.lat + north * Math.cos(turn) - east * Math.sin(turn), heading: (pose.heading + TOUR.turn) % 360 };
    await twin.look(to, TOUR.seconds).catch(() => {});
  }
}

function hidePointer(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const moved = (): void => {
    document.body.classList.remove('idle');
    clearTimeout(timer);
    timer = setTimeout(() => document.body.classList.add('idle'), IDLE);
  };
  addEventListener('pointermove', moved);
  moved();
}

/** Keeps the screen on where the browser can. */
function stayAwake(): void {
  const ask = (): void => void navigator.wakeLock?.request('screen').catch(() => {});
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') ask(); });
  ask();
}

board.boot(say('starting'));
setInterval(() => board.clock(Date.now() / 1000), 1000);
hidePointer();
stayAwake();
const twin = await open();
// Alarms insist on a wall too; one click turns their sound on.
defineWidgets();
placeWidget('city-alarms', createUi({ twin, words: new Words({ zh: UI_ZH, en: UI_EN }, language), signal: new AbortController().signal }), document.getElementById('alarms')!);
const server = watchServer(twin);
let frames = 0;
(function count(): void {
  requestAnimationFrame(() => {
    frames++;
    count();
  });
})();
setInterval(() => {
  board.draw(twin, frames, server.online);
  frames = 0;
}, 1000);
// A graphics card that fails again and again ends the view: a page read anew gets another.
twin.on('error', ({ error }) => { if (error.code === 'backend-lost' && twin.backend.canvas?.isConnected !== true) setTimeout(() => location.reload(), RETRY); });
if (query.has('tour')) void tour(twin);
Object.assign(window, { twin });
