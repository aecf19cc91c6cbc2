import { clipMatrix, project } from '#geo';
import type { Backend, CreateBackend } from '../../engine/backend.ts';
import { LIGHTS } from '../../engine/drawing/light.ts';
import { above, HERE, type Case, type Finding, type Probe, type Rgb } from '../conformance/case.ts';
import { cases } from '../conformance/cases.ts';
import { clipFindings } from '../conformance/clip-cases.ts';
import { imageryFindings, tileFindings, type Reader } from '../conformance/ground-cases.ts';
import { serviceFindings } from '../conformance/imagery-cases.ts';
import { pointCloudFindings } from '../conformance/point-cloud-cases.ts';
import { standing, undergroundFindings } from '../conformance/terrain-cases.ts';
import { colourAt, pickPlaces, pickScene, PICK_POSE } from '../conformance/picks.ts';
import { pickBatch } from '../../engine/drawing/pick.ts';

const SIZE = 256;
const name = new URL(location.href).searchParams.get('backend') ?? 'three';

async function fetched(url: string, { signal }: { signal?: AbortSignal }): Promise<ArrayBuffer> {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
  return answer.arrayBuffer();
}

async function mount(): Promise<Backend> {
  const module: { createBackend: CreateBackend } = name === 'cesium' ? await import('../../engine/backends/cesium/index.ts') : await import('../../engine/backends/three/index.ts');
  return module.createBackend({
    element: document.querySelector<HTMLElement>('#view')!, at: [HERE.lon, HERE.lat], pose: above(HERE), light: LIGHTS.day, budget: 2e8, economy: true,
    assets: new URL('/citymirror-assets/cesium/', location.href).href, loader: { load: fetched },
    onIssue: (error) => console.error(error.message),
  });
}

const paper = Object.assign(document.createElement('canvas'), { width: SIZE, height: SIZE });
const pen = paper.getContext('2d', { willReadFrequently: true })!;

/** Draws until the picture stands, and reads it in the same task. */
async function picture(backend: Backend, time: number): Promise<ImageData> {
  const frames = name === 'cesium' ? 3 : 2;
  for (let i = 0; ; i++) {
    backend.requestFrame();
    backend.frame(time);
    if (i + 1 >= frames) break;
    await new Promise(requestAnimationFrame);
  }
  pen.clearRect(0, 0, SIZE, SIZE);
  pen.drawImage(backend.canvas!, 0, 0, SIZE, SIZE);
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function pixelOf(backend: Backend, test: Case, probe: Probe): [number, number] {
  const anchor = test.anchor ?? HERE;
  const { pose, frustum } = backend.view;
  const [x, y] = project(clipMatrix(anchor, pose, frustum, SIZE, SIZE), SIZE, SIZE, probe.at[0], probe.at[1], probe.at[2], new Float64Array(3));
  return [Math.floor(x + (probe.shift?.[0] ?? 0)), Math.floor(y + (probe.shift?.[1] ?? 0))];
}

const at = ({ data }: ImageData, [x, y]: [number, number]): Rgb => {
  const i = 4 * (Math.min(SIZE - 1, Math.max(0, y)) * SIZE + Math.min(SIZE - 1, Math.max(0, x)));
  return [data[i], data[i + 1], data[i + 2]];
};

const differ = (a: Rgb, b: Rgb): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

function judge(test: Case, probe: Probe, got: Rgb, ground: Rgb): Finding {
  const { look, tolerance = 6 } = probe;
  if (look === 'not ground') return { case: test.name, probe: probe.what, got, wanted: null, ok: differ(got, ground) > 12 };
  const wanted = look === 'ground' ? ground : 'over' in look ? (look.over.map((value, i) => Math.round(value * look.alpha + ground[i] * (1 - look.alpha))) as unknown as Rgb) : look;
  return { case: test.name, probe: probe.what, got, wanted, ok: differ(got, wanted) <= tolerance };
}

async function run(backend: Backend, test: Case): Promise<{ findings: Finding[]; picture: string }> {
  const anchor = test.anchor ?? HERE;
  const time = test.time ?? 1000;
  await backend.look(test.pose ?? above(anchor));
  const empty = await picture(backend, time);
  const drawn = test.draw(anchor).map((batch) => backend.draw(batch));
  let seen = await picture(backend, time);
  if (test.change) {
    test.change(drawn);
    seen = await picture(backend, time);
  }
  const findings = test.probes.map((probe) => {
    const pixel = pixelOf(backend, test, probe);
    return judge(test, probe, at(seen, pixel), at(empty, pixel));
  });
  const shown = paper.toDataURL();
  for (const each of drawn) each.dispose();
  return { findings, picture: shown };
}

/** Whether a pixel and its neighbours look alike: on an edge nobody can say who is there. */
function even(image: ImageData, x: number, y: number): boolean {
  const middle = at(image, [x, y]);
  for (const dx of [-3, 0, 3]) for (const dy of [-3, 0, 3]) if (at(image, [x + dx, y + dy]).some((value, i) => Math.abs(value - middle[i]) > 4)) return false;
  return true;
}

/** What is painted at 50 places against what the engine's own pick says lies there, and the ground under them. */
async function picks(backend: Backend): Promise<{ findings: Finding[]; picture: string; surfaces: (readonly number[] | null)[] }> {
  await backend.look(PICK_POSE);
  const empty = await picture(backend, 1000);
  const batches = pickScene(HERE);
  const drawn = batches.map((batch) => backend.draw(batch));
  const seen = await picture(backend, 1000);
  const { pose, frustum } = backend.view;
  const clip = clipMatrix(HERE, pose, frustum, SIZE, SIZE);
  const findings: Finding[] = [];
  const surfaces: (readonly number[] | null)[] = [];
  for (const [x, y] of pickPlaces(SIZE, (column, row) => even(seen, column, row))) {
    const hits = batches.map((batch) => ({ batch, hit: pickBatch(batch, { clip, width: SIZE, height: SIZE, x: x + 0.5, y: y + 0.5, time: 1000 }) })).filter(({ hit }) => hit?.distance === 0);
    const top = hits.toSorted((a, b) => b.batch.order - a.batch.order || a.hit!.depth - b.hit!.depth)[0];
    const wanted: Rgb = top ? [...top.batch.colours.subarray(colourAt(top.batch, top.hit!.slot), colourAt(top.batch, top.hit!.slot) + 3)] as unknown as Rgb : at(empty, [x, y]);
    const got = at(seen, [x, y]);
    findings.push({ case: 'picks', probe: `${x}, ${y}`, got, wanted, ok: Math.max(...got.map((value, i) => Math.abs(value - wanted[i]))) <= 8 });
    const surface = await backend.surfaceAt(x + 0.5, y + 0.5);
    surfaces.push(surface && [surface.lon, surface.lat, surface.height]);
  }
  const shown = paper.toDataURL();
  for (const each of drawn) each.dispose();
  return { findings, picture: shown, surfaces };
}

const reader: Reader = {
  size: SIZE,
  async settle(done) {
    const end = performance.now() + 30_000;
    for (let calm = 0; calm < 6; calm = done() ? calm + 1 : 0) {
      if (performance.now() > end) throw new Error('did not settle in 30 s');
      backend.requestFrame();
      backend.frame(1000);
      await new Promise(requestAnimationFrame);
    }
  },
  async picture() {
    const image = await picture(backend, 1000);
    return (x, y) => at(image, [x, y]);
  },
};

const backend = await mount();
// The globe of an engine that has one settles first.
for (let i = 0; i < (name === 'cesium' ? 12 : 1); i++) {
  await picture(backend, 1000);
  await new Promise((resolve) => setTimeout(resolve, 30));
}
Object.assign(window, {
  ready: true,
  runCase: (which: string) => run(backend, cases.find((each) => each.name === which)!),
  runPicks: () => picks(backend),
  runPoints: () => pointCloudFindings(backend, reader, new URL('/cloud/points/tileset.json', location.href).href),
  runTiles: async (features: number) => {
    await backend.look(above(HERE));
    return tileFindings(backend, reader, new URL('/city/tileset.json', location.href).href, features);
  },
  runImagery: async () => {
    await backend.look(above(HERE));
    return imageryFindings(backend, reader);
  },
  runClip: (features: number) => clipFindings(backend, reader, new URL('/city/tileset.json', location.href).href, features),
  runServices: (origin: string) => serviceFindings(backend, reader, origin),
  runStanding: (folder: string, lon: number, lat: number) => standing(backend, reader, new URL(folder, location.href).href, [lon, lat]),
  runUnderground: () => undergroundFindings(backend, reader),
  caseNames: cases.map((each) => each.name),
  runAll: async () => {
    const all: Record<string, { findings: Finding[]; picture: string }> = {};
    for (const each of cases) all[each.name] = await run(backend, each);
    return all;
  },
});
