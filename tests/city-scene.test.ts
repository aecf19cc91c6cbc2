import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placer } from '#geo';
import type { SceneDocument } from '#engine';
import type { HeadlessBackend, HeadlessDrawn } from '../engine/backends/headless/index.ts';
import { emergency, type EmergencyResult } from '../layers/emergency/emergency.ts';
import { ground } from '../layers/ground/ground.ts';
import { places } from '../layers/places/places.ts';
import { sketch, type SketchResult } from '../layers/sketch/sketch.ts';
import { tiles } from '../layers/tiles/tiles.ts';
import { traffic } from '../layers/traffic/traffic.ts';
import { Recorder } from '../workers/feeds/recording.ts';
import { headlessTwin, settled, type HeadlessTwin } from './headless-twin.ts';
import { folderLoader, groundHeight, smallCity, type SmallCity } from './small-city.ts';

const ADDRESS = 'http://city.test/small/';
const START = 1_800_000_000;
const SHOWN = START + 20;
const LAG = 6;
/** A car goes north on the street through the middle, 10 m/s. */
const METRES_A_DEGREE = 110_861;

function recording(): Uint8Array {
  const recorder = new Recorder(1e6);
  const add = (topic: string, at: number, message: unknown): void => recorder.add({ topic, at, bytes: new TextEncoder().encode(JSON.stringify(message)) });
  for (let t = 0; t <= 25; t += 5) {
    add('city/vehicles/0', START + t, [{ id: 'v1', t: START + t, lon: 117.490017, lat: 30.66 + (t * 10) / METRES_A_DEGREE, speed: 10, heading: 0 }]);
  }
  return recorder.bytes();
}

function roadRecording(): Uint8Array {
  const recorder = new Recorder(1e6);
  recorder.add({ topic: 'city/roads/0', at: START + 1, bytes: new TextEncoder().encode(JSON.stringify([{ id: 'ns0', t: START + 1, speed: 15 }])) });
  return recorder.bytes();
}

function scene(): SceneDocument {
  const url = `${ADDRESS}city.json`;
  const inputs = {
    ground: ground({ url }),
    buildings: tiles({ url, rule: { by: 'property', key: 'height', classes: { limits: [24, 60], colours: ['#cfd8dc', '#90a4ae', '#546e7a'] } } }),
    traffic: traffic({
      url, lag: LAG, capacity: 16,
      feed: { transport: 'replay', url: `${ADDRESS}vehicles.rec`, decode: 'vehicles', staleAfter: 15 },
      roadsFeed: { transport: 'replay', url: `${ADDRESS}roads.rec`, decode: 'road-speeds', staleAfter: 60 },
    }),
    incidents: emergency({ url, incidents: [{ id: 'i1', kind: 'fire', lon: 117.49, lat: 30.66, radius: 150, at: START }] }),
    places: places({ url }),
    sketch: sketch({ features: [{ type: 'Feature', id: 's1', properties: { measure: true }, geometry: { type: 'LineString', coordinates: [[117.488, 30.658], [117.492, 30.658]] } }] }),
  };
  const layers = Object.fromEntries(Object.entries(inputs).map(([id, input], order) => [id, { title: { zh: id, en: id }, visible: true, opacity: 1, order, ...input }]));
  return {
    version: 1, title: { zh: '小城', en: 'Small city' }, at: [117.49, 30.66], camera: { lon: 117.49, lat: 30.65, height: 900, heading: 0, pitch: -40, roll: 0 },
    clock: { mode: 'paused', time: SHOWN, at: SHOWN, rate: 1 }, light: 'day', layers, selection: null, tools: {},
  } as SceneDocument;
}

let city: SmallCity;

async function open(): Promise<HeadlessTwin> {
  const recordings = { [`${ADDRESS}vehicles.rec`]: recording, [`${ADDRESS}roads.rec`]: roadRecording };
  const opened = await headlessTwin({ document: scene(), page: ADDRESS, files: folderLoader(city.folder, ADDRESS), recordings, now: SHOWN });
  const { twin, backend } = opened;
  await settled(() => (twin.result('incidents') as EmergencyResult | null)?.i1 !== undefined && (twin.result('sketch') as SketchResult | null)?.s1 !== undefined && (backend.tilesets[0]?.texture ?? null) !== null && vehicles(backend) !== undefined);
  return opened;
}

const batches = (backend: HeadlessBackend, kind: string): HeadlessDrawn[] => backend.drawn.filter((drawn) => drawn.batch.kind === kind);
function vehicles(backend: HeadlessBackend): HeadlessDrawn | undefined {
  return batches(backend, 'points').find((drawn) => drawn.batch.kind === 'points' && drawn.batch.symbol === 'arrow' && drawn.batch.colours[3] > 0);
}

/** Trees as OpenStreetMap's readers give them: one measured, one not, one no tree can be. */
const trees = JSON.stringify({ type: 'FeatureCollection', features: [['t1', 0, 14], ['t2', 0.0002, undefined], ['t3', 0.0004, 900]].map(([id, east, height]) => ({ type: 'Feature', id, properties: { natural: 'tree', height }, geometry: { type: 'Point', coordinates: [117.4905 + Number(east), 30.6605] } })) });

beforeAll(async () => { city = await smallCity(300, { 'trees.geojson': trees }); });
afterAll(() => city?.dispose());

describe('a small city with every layer, without a screen', { timeout: 90_000 }, () => {
  test('every layer shows what it should and leaves nothing behind', async () => {
    const { twin, backend, problems } = await open();
    expect(backend.ground?.url).toBe(`${ADDRESS}terrain/layer.json`);
    expect(backend.imageries).toHaveLength(1);
    expect(twin.legend('buildings')?.entries).toHaveLength(3);
    expect(twin.status('places')).toMatchObject({ state: 'ready', count: 2 });
    expect((twin.result('sketch') as SketchResult).s1.length).toBeCloseTo(383.3, 0);
    expect(problems).toEqual([]);
    await twin.dispose();
    expect([backend.drawn.length, backend.tilesets.length, backend.imageries.length, backend.ground]).toEqual([0, 0, 0, null]);
  });

  test('trees stand on the ground, as tall as the data say, and have no names', async () => {
    const { twin, backend } = await open();
    // Vehicles near are instances too, and move.
    const [drawn, ...more] = batches(backend, 'instances').filter(({ batch }) => batch.kind === 'instances' && batch.motion === null);
    expect(more).toHaveLength(0);
    const { batch } = drawn;
    if (batch.kind !== 'instances') throw new Error('no instances');
    expect([...batch.ids!].toSorted()).toEqual(['t1', 't2', 't3']);
    const local = placer(batch.anchor);
    for (const [slot, id] of batch.ids!.entries()) {
      const [lon, lat, height] = local.unplace(batch.places[3 * slot], batch.places[3 * slot + 1], batch.places[3 * slot + 2], [0, 0, 0]);
      expect(Math.abs(height - groundHeight(lon, lat)), id).toBeLessThan(0.6);
      const tall = (batch.scale as Float32Array)[slot];
      if (id === 't1') expect(tall).toBe(14);
      else expect([tall >= 6, tall <= 12], id).toEqual([true, true]);
    }
    expect(city.converted.report.skipped).toEqual({});
    await twin.dispose();
  });

  test('the affected buildings are those that are painted', async () => {
    const { twin, backend } = await open();
    const { i1 } = twin.result('incidents') as EmergencyResult;
    expect(i1.total).toBeGreaterThan(20);
    expect(i1.total).toBeLessThan(300);
    expect(i1.distances.every((distance, i) => distance <= 150 && (i === 0 || distance >= i1.distances[i - 1]))).toBe(true);
    const painted = (): number[] => {
      const { data } = backend.tilesets[0].texture!;
      return Array.from({ length: 300 }, (_, number) => number).filter((number) => data[4 * number] > 240 && data[4 * number + 2] < 90);
    };
    await settled(() => painted().length === i1.total);
    expect(painted()).toEqual([...i1.numbers].toSorted((a, b) => a - b));
    twin.apply([{ op: 'replace', path: '/layers/incidents/visible', value: false }]);
    await settled(() => painted().length === 0);
    await twin.dispose();
  });

  test('what is selected is painted, and night reaches ground and names', async () => {
    const { twin, backend } = await open();
    const blue = (): number => Array.from({ length: 300 }, (_, number) => backend.tilesets[0].texture!.data.subarray(4 * number, 4 * number + 3)).filter(([r, g, b]) => r === 0x22 && g === 0xb8 && b === 0xf0).length;
    twin.apply([{ op: 'replace', path: '/selection', value: { layer: 'buildings', id: 'b5' } }]);
    await settled(() => blue() === 1);
    twin.apply([{ op: 'replace', path: '/selection', value: null }]);
    await settled(() => blue() === 0);
    twin.apply([{ op: 'replace', path: '/light', value: 'night' }]);
    expect(backend.imageries[0].refreshes).toBe(1);
    for (const { batch } of batches(backend, 'labels')) if (batch.kind === 'labels') expect(batch.colours[0]).toBeGreaterThan(200);
    await twin.dispose();
  });

  test('a car is where it was said to be, on its lane and on the ground', async () => {
    const { twin, backend } = await open();
    const drawn = vehicles(backend)!;
    const [x, y, z] = drawn.at(SHOWN).places;
    const [lon, lat, height] = placer(drawn.batch.anchor).unplace(x, y, z, [0, 0, 0]);
    expect((lat - 30.66) * METRES_A_DEGREE).toBeCloseTo((20 - LAG) * 10, 0);
    expect(Math.abs(lon - 117.49) * 95_900).toBeLessThan(5);
    expect(height - groundHeight(lon, lat)).toBeGreaterThan(0);
    expect(height - groundHeight(lon, lat)).toBeLessThan(3);
    const pink = batches(backend, 'lines').find((line) => line.batch.ids?.includes('ns0'))!;
    const index = pink.batch.ids!.indexOf('ns0');
    await settled(() => (pink.batch as { colours: Uint8Array }).colours[4 * index] === 0xa5);
    await settled(() => twin.status('traffic').count === 1);
    expect(twin.status('traffic').state).toBe('live');
    expect((await twin.recording('traffic')).length).toBeGreaterThan(100);
    await twin.dispose();
  });

  test('the same document is the same digest, and another incident is another', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    const [a, b] = await Promise.all([one.twin.digest(SHOWN), two.twin.digest(SHOWN)]);
    expect(a).toBe(b);
    one.twin.apply([{ op: 'replace', path: '/layers/incidents/options/incidents/0/radius', value: 160 }]);
    const wider = await one.twin.digest(SHOWN);
    expect(wider).not.toBe(a);
    one.twin.undo();
    expect(await one.twin.digest(SHOWN)).toBe(a);
    await Promise.all([one.twin.dispose(), two.twin.dispose()]);
  });

  test('a lost context comes back with everything in place', async () => {
    const { twin, backend } = await open();
    const before = backend.drawn.map((drawn) => drawn.batch.kind).toSorted();
    const digest = await twin.digest(SHOWN);
    backend.lose();
    await settled(() => twin.backend !== backend);
    const again = twin.backend as HeadlessBackend;
    await settled(() => again.drawn.length === before.length && (again.tilesets[0]?.texture ?? null) !== null && vehicles(again) !== undefined);
    expect(again.drawn.map((drawn) => drawn.batch.kind).toSorted()).toEqual(before);
    expect(await twin.digest(SHOWN)).toBe(digest);
    expect(backend.drawn).toHaveLength(0);
    await twin.dispose();
  });
});
