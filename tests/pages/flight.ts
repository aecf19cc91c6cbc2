import type { Pose } from '#geo';
import type { Backend, CreateBackend, DrawnTiles } from '../../engine/backend.ts';
import { LIGHTS } from '../../engine/drawing/light.ts';

/** Flies over a tileset (`?tileset=`, `?backend=`) and says where buildings are on screen: a bit a pixel, as base64. */
const query = new URL(location.href).searchParams;
const name = query.get('backend') ?? 'three';
const [WIDTH, HEIGHT] = [320, 180];
const requests: { url: string; bytes: number }[] = [];

/** Every answer comes late, so that the flight meets tiles that are still on their way. */
async function load(url: string, delay: number): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const bytes = await response.arrayBuffer();
  requests.push({ url: new URL(url).pathname, bytes: bytes.byteLength });
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
  return bytes;
}

async function mount(pose: Pose, delay: number): Promise<Backend> {
  const module: { createBackend: CreateBackend } = name === 'cesium' ? await import('../../engine/backends/cesium/index.ts') : await import('../../engine/backends/three/index.ts');
  return module.createBackend({
    element: document.querySelector<HTMLElement>('#view')!, at: [pose.lon, pose.lat], pose, light: LIGHTS.day, budget: 5e8, economy: true,
    assets: new URL('/citymirror-assets/cesium/', location.href).href, loader: { load: (url) => load(url, delay) },
    onIssue: (error) => console.error(error.message),
  });
}

function frame(backend: Backend): void {
  backend.requestFrame();
  backend.frame(1000);
}

const paper = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
const pen = paper.getContext('2d', { willReadFrequently: true })!;

/** Buildings are painted red by rule; what is red is a building, whatever the light. */
function silhouette(backend: Backend): string {
  // Drawn and read in one task: afterwards the canvas may be blank.
  frame(backend);
  pen.clearRect(0, 0, WIDTH, HEIGHT);
  pen.drawImage(backend.canvas!, 0, 0, WIDTH, HEIGHT);
  const { data } = pen.getImageData(0, 0, WIDTH, HEIGHT);
  let bits = '';
  for (let i = 0; i < data.length; i += 4) bits += data[i] > 1.6 * data[i + 1] + 12 ? '1' : '0';
  return bits;
}

async function settled(backend: Backend, tiles: DrawnTiles): Promise<void> {
  const end = performance.now() + 40_000;
  for (let calm = 0; calm < 4;) {
    frame(backend);
    calm = tiles.progress.complete ? calm + 1 : 0;
    if (performance.now() > end) throw new Error(`not settled: ${JSON.stringify(tiles.progress)}`);
    await new Promise(requestAnimationFrame);
  }
}

async function withTiles<T>(pose: Pose, options: { features: number; detail: number; delay: number }, use: (backend: Backend, tiles: DrawnTiles) => Promise<T>): Promise<T> {
  const backend = await mount(pose, options.delay);
  const tiles = await backend.tiles({ url: new URL(query.get('tileset')!, location.href).href, features: options.features, detail: options.detail, order: 0, onIssue: (error) => console.error(error.message) });
  const width = 256;
  const height = Math.ceil(options.features / width);
  tiles.style({ width, height, data: new Uint8Array(width * height * 4).map((_, i) => [255, 0, 0, 255][i % 4]) });
  try {
    await settled(backend, tiles);
    return await use(backend, tiles);
  } finally {
    tiles.dispose();
    backend.dispose();
  }
}

/** Silhouettes along the way: `flown` with tiles still coming in, `full` with every leaf at every step. */
async function fly(poses: Pose[], features: number): Promise<{ flown: string[]; full: string[]; requests: typeof requests }> {
  requests.length = 0;
  const flown = await withTiles(poses[0], { features, detail: 16, delay: 120 }, async (backend) => {
    const out: string[] = [];
    for (const pose of poses) {
      await backend.look(pose);
      // One frame to ask for tiles and one to show what is there: far too soon for them to arrive.
      frame(backend);
      await new Promise(requestAnimationFrame);
      out.push(silhouette(backend));
    }
    return out;
  });
  const asked = [...requests];
  const full = await withTiles(poses[0], { features, detail: 0.2, delay: 0 }, async (backend, tiles) => {
    const out: string[] = [];
    for (const pose of poses) {
      await backend.look(pose);
      await settled(backend, tiles);
      out.push(silhouette(backend));
    }
    return out;
  });
  return { flown, full, requests: asked };
}

/** What the first picture of a pose costs: contents asked for and their bytes. */
async function firstView(pose: Pose, features: number): Promise<{ contents: number; bytes: number }> {
  requests.length = 0;
  await withTiles(pose, { features, detail: 16, delay: 0 }, async () => undefined);
  const contents = requests.filter(({ url }) => url.endsWith('.glb'));
  return { contents: contents.length, bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0) };
}

Object.assign(window, { fly, firstView, paper, ready: true });
