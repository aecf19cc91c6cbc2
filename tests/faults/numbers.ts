import fc from 'fast-check';
import { anchorMatrix } from '../../engine/geo/index.ts';
import { TwinError } from '../../engine/errors.ts';
import { Examiner } from '../../workers/loader/examine.ts';
import { loaderPolicy } from '../../workers/loader/policy.ts';
import { glbOf, tileServer, tilesetOf } from '../../workers/loader/testing/tile-server.ts';
import { startBrowser, type BrowserHarness } from '../browser.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

interface Twin {
  add(input: { type: string; url: string }, id: string): void;
  remove(id: string): void;
  status(id: string): { state: string };
  extent(id: string): Record<string, number> | null;
  look(pose: unknown, seconds: number): Promise<void>;
  surfaceAt(x: number, y: number): Promise<unknown>;
  backend: { view: { pose: Record<string, number> }; requestFrame(): void };
}
interface Lab { mount(options: object): Promise<unknown>; errors: string[]; twins: Map<string, Twin> }

const AT = { lon: 117.49, lat: 30.66, height: 0 };
/** As JSON writes them: what has no JSON of its own is a text that its reader makes infinite, or null. */
const MONSTERS = ['1e999', '-1e999', '1e308', '-1e308', 'null', '"NaN"', '1e200'] as const;
const PLACES = ['transform', 'box', 'sphere', 'region', 'geometricError', 'root error', 'content box', 'node matrix', 'node translation', 'accessor bounds', 'position'] as const;
const FLOATS = [NaN, Infinity, -Infinity, 3e38] as const;

/** One number somewhere, replaced by one nobody can stand at. */
interface Fault {
  readonly place: (typeof PLACES)[number];
  readonly monster: (typeof MONSTERS)[number];
  readonly float: number;
  readonly at: number;
}

const faults = fc.record<Fault>({ place: fc.constantFrom(...PLACES), monster: fc.constantFrom(...MONSTERS), float: fc.constantFrom(...FLOATS), at: fc.nat(15) });

const MARK = -424242;

/** A list whose entry `at` will be the monster. */
function marked(list: readonly number[], at: number): number[] {
  return list.map((value, i) => (i === at % list.length ? MARK : value));
}

/** A tileset with one tile and its content, as files. */
function files({ place, monster, float, at }: Fault): { tileset: string; content: Uint8Array<ArrayBuffer> } {
  const matrix = [...anchorMatrix(AT)];
  const box = [0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 100];
  const volume = place === 'box' ? { box: marked(box, at) } : place === 'sphere' ? { sphere: marked([0, 0, 0, 100], at) } : place === 'region' ? { region: marked([2.05, 0.535, 2.051, 0.536, 0, 100], at) } : { sphere: [0, 0, 0, 100] };
  const child = { boundingVolume: volume, geometricError: place === 'geometricError' ? MARK : 1, content: { uri: 'a.glb', ...(place === 'content box' && { boundingVolume: { box: marked(box, at) } }) } };
  const tileset = { ...tilesetOf([], { transform: place === 'transform' ? marked(matrix, at) : matrix, geometricError: 5000, children: [child] }), geometricError: place === 'root error' ? MARK : 10_000 };
  const node = { mesh: 0, ...(place === 'node matrix' && { matrix: marked([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], at) }), ...(place === 'node translation' && { translation: marked([0, 0, 0], at) }) };
  const positions = Float32Array.of(-80, 0, 80, 80, 0, 80, 0, 0, -80);
  if (place === 'position') positions[at % 9] = float;
  const model = {
    asset: { version: '2.0' }, scene: 0, scenes: [{ nodes: [0] }], nodes: [node], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }], buffers: [{ byteLength: 36 }], bufferViews: [{ buffer: 0, byteLength: 36 }],
    accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3', min: place === 'accessor bounds' ? marked([-80, 0, -80], at) : [-80, 0, -80], max: [80, 0, 80] }],
  };
  const written = (value: unknown): string => JSON.stringify(value).replaceAll(String(MARK), monster);
  return { tileset: written(tileset), content: glbText(written(model), new Uint8Array(positions.buffer)) };
}

/** A GLB around a JSON text as it stands. */
function glbText(text: string, binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = glbOf({ x: 'y'.repeat(text.length - 8) }, binary);
  whole.fill(0x20, 20, 20 + new DataView(whole.buffer).getUint32(12, true));
  whole.set(new TextEncoder().encode(text), 20);
  return whole;
}

/** What the pre-flight said of a fault; null where it said nothing. */
async function said(fault: Fault): Promise<string | null> {
  const { tileset, content } = files(fault);
  const examiner = new Examiner(loaderPolicy());
  try {
    const { issues } = await examiner.examine(new TextEncoder().encode(tileset), 'tileset', 'http://host/tileset.json', 'http://host/tileset.json');
    await examiner.examine(content, 'content', 'http://host/a.glb', 'http://host/tileset.json');
    return issues.find((issue) => issue.severity === 'error' && issue.code !== 'not-standard')?.message ?? null;
  } catch (error) {
    if (!(error instanceof TwinError)) throw error;
    return error.message;
  }
}

async function inLoader(runs: number): Promise<Figure> {
  const silent: string[] = [];
  await fc.assert(fc.asyncProperty(faults, async (fault) => {
    if (await said(fault) === null) silent.push(`${fault.place} ${fault.place === 'position' ? fault.float : fault.monster}`);
  }), { numRuns: runs, seed: 8 });
  return { what: `loader: faulty numbers that were let through${silent.length > 0 ? ` (${[...new Set(silent)].slice(0, 6).join(', ')})` : ''}`, value: silent.length, unit: `of ${runs}`, reach: '0', met: silent.length === 0 };
}

async function inBackend(harness: BrowserHarness, backend: string, sample: readonly Fault[]): Promise<Figure[]> {
  const server = await tileServer((_request, response, url) => {
    const [, index, file] = url.pathname.split('/');
    const { tileset, content } = files(sample[Number(index)]);
    response.end(file === 'a.glb' ? content : tileset);
  });
  const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 144 });
  try {
    await open.until('window.labReady');
    await open.page.evaluate((backend) => (window as unknown as { lab: Lab }).lab.mount({ backend }), backend);
    let lost = 0;
    let unsaid = 0;
    for (const i of sample.keys()) {
      const { finite, spoke } = await open.page.evaluate(async ([url, at]) => {
        const { lab } = window as unknown as { lab: Lab };
        const twin = lab.twins.get('map')!;
        lab.errors.length = 0;
        await twin.look({ ...at, lat: at.lat - 0.002, height: 300, heading: 0, pitch: -50, roll: 0 }, 0);
        twin.add({ type: 'tiles', url }, 'faulty');
        for (let i = 0; i < 30 && lab.errors.length === 0 && twin.status('faulty').state !== 'failed'; i++) {
          twin.backend.requestFrame();
          await new Promise((resolve) => { setTimeout(resolve, 50); });
        }
        const spoke = lab.errors.length > 0 || twin.status('faulty').state === 'failed';
        const box = twin.extent('faulty');
        // As a person would: fly to the layer, whatever it says of itself, and point at it.
        if (box) await twin.look(box, 0).catch(() => undefined);
        await twin.surfaceAt(128, 72).catch(() => null);
        twin.backend.requestFrame();
        await new Promise((resolve) => { setTimeout(resolve, 60); });
        const finite = Object.values(twin.backend.view.pose).every(Number.isFinite);
        twin.remove('faulty');
        return { finite, spoke };
      }, [`${server.origin}/${i}/tileset.json`, AT] as const);
      if (!finite) lost++;
      if (!spoke) unsaid++;
    }
    const uncaught = open.errors.filter((error) => error.startsWith('uncaught') || error.includes('crashed'));
    return [
      { what: `${backend}: cameras that were no number`, value: lost, unit: `of ${sample.length}`, reach: '0', met: lost === 0 },
      { what: `${backend}: tiles refused with a sentence`, value: sample.length - unsaid, unit: `of ${sample.length}`, reach: `${sample.length}`, met: unsaid === 0 },
      { what: `${backend}: uncaught errors${uncaught[0] ? ` (${uncaught[0].slice(0, 120)})` : ''}`, value: uncaught.length, unit: '', reach: '0', met: uncaught.length === 0 },
    ];
  } finally {
    await open.close();
    await server.close();
  }
}

/** T08: NaN, infinities and numbers too large, in every place that has a number. */
async function numbers(): Promise<Figure[]> {
  const harness = await startBrowser();
  try {
    const sample = fc.sample(faults, { numRuns: 66, seed: 8 });
    return [await inLoader(5000), ...await inBackend(harness, 'three', sample), ...await inBackend(harness, 'cesium', sample)];
  } finally {
    await harness.close();
  }
}

export const rows: Record<string, () => Promise<Figure[]>> = { T08: numbers };
