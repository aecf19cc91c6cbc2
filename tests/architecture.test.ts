import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Rooms by the longest prefix of a file's path. `tests`, `bench` and `docs` may look everywhere and are not rooms. */
const ROOMS = [
  'engine/geo', 'engine/drawing', 'engine/ui', 'engine/backends/three', 'engine/backends/cesium', 'engine/backends/headless', 'engine',
  'workers/models', 'workers/analyses', 'workers', 'layers', 'tiles-pipeline', 'demo',
] as const;
type Room = (typeof ROOMS)[number];

/** A room, or one file, that a room may import from. */
const BACKEND_MAY = ['engine/geo', 'engine/drawing', 'engine/backend.ts', 'engine/errors.ts'];
const MAY: Record<Room, readonly string[]> = {
  'engine/geo': [],
  'engine/drawing': ['engine/geo', 'engine/errors.ts', 'engine/backend.ts'],
  'engine/ui': ['engine/geo', 'engine'],
  'engine/backends/three': BACKEND_MAY,
  'engine/backends/cesium': BACKEND_MAY,
  'engine/backends/headless': BACKEND_MAY,
  engine: ['engine/geo', 'engine/drawing'],
  'workers/models': ['engine/geo', 'engine/errors.ts'],
  // Labels are judged in a worker, and in place where there is none.
  'workers/analyses': ['engine/geo', 'engine/errors.ts', 'engine/drawing/declutter.ts', 'workers/models', 'workers'],
  workers: ['engine/geo', 'engine/errors.ts', 'engine/clock-time.ts', 'workers/models', 'workers/analyses'],
  layers: ['engine/geo', 'engine/index.ts', 'workers/models'],
  // The one command copies Cesium's own workers: the list of them stands beside the backend that needs them. What it checks tiles by is what a twin checks them by.
  'tiles-pipeline': ['engine/geo', 'engine/errors.ts', 'workers/models', 'workers/analyses', 'engine/backends/cesium/assets.mjs', 'workers/loader/inspect/index.ts', 'workers/loader/examine.ts', 'workers/loader/policy.ts',
    // What it records is what a twin receives, by the same connections and decoders.
    'workers/feeds/tape.ts', 'workers/feeds/recording.ts', 'workers/feeds/arrivals.ts', 'workers/feeds/decoders/decoders.ts', 'workers/feeds/decoders/draft.ts'],
  demo: [],
};
/** The composition root and the element alone see engine, layers, the backends' loaders and the workers' clients. */
const COMPOSITION = /^layers\/(citymirror|element)\.ts$/u;
/** Types travel as contracts: engine/ports.ts and the vocabulary say what workers and backends are handed. */
const TYPES_FROM_ANYWHERE = ['engine/ports.ts', 'engine/drawing/declutter.ts', 'engine/backend.ts', 'engine/drawing/batch.ts', 'engine/drawing/rule.ts', 'engine/layer.ts', 'engine/document.ts'];
const FRONT_DOORS: Record<string, string> = { '#geo': 'engine/geo/index.ts', '#engine': 'engine/index.ts', '#models': 'workers/models/index.ts', '#analysis': 'workers/analyses/index.ts' };
const ENGINES: Record<string, RegExp> = { three: /^(three|3d-tiles-renderer)(\/|$)/u, cesium: /^(cesium|@cesium\/engine)(\/|$)/u };

interface Arrow {
  from: string;
  to: string;
  typeOnly: boolean;
}

const roomOf = (file: string): Room | null => ROOMS.find((room) => file === room || file.startsWith(`${room}/`)) ?? null;

/** Every import of a file, whichever way it is written; packages as they stand, files from the root. */
function arrowsOf(file: string): Arrow[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/gu, '');
  const found: Arrow[] = [];
  const add = (specifier: string, typeOnly: boolean): void => {
    const to = specifier in FRONT_DOORS ? FRONT_DOORS[specifier] : specifier.startsWith('.') ? relative(ROOT, normalize(join(ROOT, dirname(file), specifier))) : specifier;
    found.push({ from: file, to, typeOnly });
  };
  for (const match of text.matchAll(/(?:import|export)\s+(type\s)?[^'";]*?from\s*'([^']+)'/gu)) add(match[2], Boolean(match[1]));
  for (const match of text.matchAll(/import\s*'([^']+)'/gu)) add(match[1], false);
  for (const match of text.matchAll(/import\(\s*'([^']+)'\s*\)/gu)) add(match[1], false);
  for (const match of text.matchAll(/new URL\(\s*'(\.[^']+\.(?:ts|js|mjs))',\s*import\.meta\.url/gu)) add(match[1], false);
  return found;
}

const files = ['engine', 'layers', 'workers', 'tiles-pipeline', 'demo']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file.replaceAll('\\', '/')}`))
  .filter((file) => /\.m?ts$/u.test(file))
  .filter((file) => !/\.(test|bench|d)\.m?ts$/u.test(file) && !file.includes('/fixtures/'));
const arrows = files.flatMap(arrowsOf);

function broken({ from, to, typeOnly }: Arrow): string | null {
  const room = roomOf(from)!;
  for (const [engine, pattern] of Object.entries(ENGINES)) {
    if (pattern.test(to) && !from.startsWith(`engine/backends/${engine}/`)) return `only engine/backends/${engine} imports ${to}`;
  }
  const target = roomOf(to);
  if (room === 'demo' && !to.startsWith('demo/')) return target ? 'demo imports public entries only' : null;
  if (room === 'layers' && target === 'layers' && !COMPOSITION.test(from) && (COMPOSITION.test(to) || (to.split('/').length > 2 && to.split('/')[1] !== from.split('/')[1]))) return 'a layer knows its own folder only';
  if (!target || target === room) return from.includes('/') && to === `${dirname(from)}/index.ts` && dirname(from) !== 'engine/ui' && target === room ? 'nobody inside a floor imports its own index' : null;
  if (COMPOSITION.test(from)) return target === 'demo' || target === 'tiles-pipeline' ? 'the root knows no page and no pipeline' : null;
  if (typeOnly && TYPES_FROM_ANYWHERE.includes(to)) return null;
  if (MAY[room].some((allowed) => to === allowed || (!allowed.endsWith('.ts') && target === allowed))) return null;
  return `${room} may not import ${to}`;
}

describe('architecture', () => {
  it('reads the whole house', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(arrows.length).toBeGreaterThan(40);
  });

  it('has no arrow outside the import table', () => {
    const faults = arrows.map((arrow) => ({ arrow, fault: broken(arrow) })).filter(({ fault }) => fault !== null);
    expect(faults.map(({ arrow, fault }) => `${arrow.from} → ${arrow.to}: ${fault}`)).toEqual([]);
  });

  it('has no circle, type imports counted', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of arrows) next.set(from, [...(next.get(from) ?? []), to]);
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      state.set(file, 'open');
      for (const to of next.get(file) ?? []) walk(to, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) walk(file, []);
    expect(circles).toEqual([]);
  });

  it('catches what it is there to catch', () => {
    const arrow = (from: string, to: string, typeOnly = false): string | null => broken({ from, to, typeOnly });
    expect(arrow('layers/traffic/traffic.ts', 'engine/backends/three/tiles.ts')).not.toBeNull();
    expect(arrow('layers/traffic/traffic.ts', 'layers/citymirror.ts')).not.toBeNull();
    expect(arrow('layers/traffic/traffic.ts', 'layers/emergency/emergency.ts')).not.toBeNull();
    expect(arrow('layers/traffic/traffic.ts', 'layers/traffic/roads.ts')).toBeNull();
    expect(arrow('engine/twin.ts', 'layers/traffic/traffic.ts')).not.toBeNull();
    expect(arrow('engine/geo/place.ts', 'engine/errors.ts')).not.toBeNull();
    expect(arrow('layers/tiles/tiles.ts', 'three')).not.toBeNull();
    expect(arrow('demo/planner/main.ts', 'engine/index.ts')).not.toBeNull();
    expect(arrow('engine/geo/place.ts', 'engine/geo/index.ts')).not.toBeNull();
    expect(arrow('workers/feeds/client.ts', 'engine/ports.ts', true)).toBeNull();
    expect(arrow('workers/feeds/client.ts', 'engine/twin.ts', true)).not.toBeNull();
  });
});
