import { clipMatrix, project } from '#geo';
import type { Backend, CreateBackend } from '../../engine/backend.ts';
import { LIGHTS } from '../../engine/drawing/light.ts';
import { above, HERE, type Case, type Finding, type Probe, type Rgb } from '../conformance/case.ts';
import { cases } from '../conformance/cases.ts';

const SIZE = 256;
const name = new URL(location.href).searchParams.get('backend') ?? 'three';

async function mount(): Promise<Backend> {
  const module: { createBackend: CreateBackend } = name === 'cesium' ? await import('../../engine/backends/cesium/index.ts') : await import('../../engine/backends/three/index.ts');
  return module.createBackend({
    element: document.querySelector<HTMLElement>('#view')!, at: [HERE.lon, HERE.lat], pose: above(HERE), light: LIGHTS.day, budget: 2e8, economy: true,
    assets: new URL('/citymirror-assets/', location.href).href, loader: { load: (url) => Promise.reject(new Error(`nothing is fetched here: ${url}`)) },
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

function judge(test: Case, probe: Probe, got: Rgb, ground: Rgb): Finding {
  const { look, tolerance = 6 } = probe;
  const differ = (a: Rgb, b: Rgb): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
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
  if (test.then) {
    test.then(drawn);
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

const backend = await mount();
// The globe of an engine that has one settles first.
for (let i = 0; i < (name === 'cesium' ? 12 : 1); i++) {
  await picture(backend, 1000);
  await new Promise((resolve) => setTimeout(resolve, 30));
}
Object.assign(window, {
  ready: true,
  runCase: (which: string) => run(backend, cases.find((each) => each.name === which)!),
  runAll: async () => {
    const all: Record<string, { findings: Finding[]; picture: string }> = {};
    for (const each of cases) all[each.name] = await run(backend, each);
    return all;
  },
});
