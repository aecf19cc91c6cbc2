import type { Pose } from '#geo';
import type { CreateBackend } from '../../engine/backend.ts';
import { LIGHTS } from '../../engine/drawing/light.ts';

/** Shows one tileset (`?backend=`) from one place, and reads colours and properties at some. */
const name = new URL(location.href).searchParams.get('backend') ?? 'three';

async function load(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.arrayBuffer();
}

interface Seen { colours: number[][]; issues: string[]; properties: (Record<string, unknown> | null)[] }

async function look(tileset: string, pose: Pose, features: number, places: readonly [number, number][]): Promise<Seen> {
  const module: { createBackend: CreateBackend } = name === 'cesium' ? await import('../../engine/backends/cesium/index.ts') : await import('../../engine/backends/three/index.ts');
  const issues: string[] = [];
  const backend = await module.createBackend({
    element: document.querySelector<HTMLElement>('#view')!, at: [pose.lon, pose.lat], pose, light: LIGHTS.day, budget: 5e8, economy: true,
    assets: new URL('/citymirror-assets/cesium/', location.href).href, loader: { load }, onIssue: (error) => issues.push(error.message),
  });
  const tiles = await backend.tiles({ url: new URL(tileset, location.href).href, features, detail: 1, order: 0, look: 'model', onIssue: (error) => issues.push(error.message) });
  const end = performance.now() + 40_000;
  for (let calm = 0; calm < 6 && performance.now() < end;) {
    backend.requestFrame();
    backend.frame(1000);
    calm = tiles.progress.complete ? calm + 1 : 0;
    await new Promise(requestAnimationFrame);
  }
  const canvas = backend.canvas!;
  const paper = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
  const pen = paper.getContext('2d')!;
  backend.requestFrame();
  backend.frame(1000);
  pen.drawImage(canvas, 0, 0);
  const colours = places.map(([x, y]) => [...pen.getImageData(Math.round(x * paper.width), Math.round(y * paper.height), 1, 1).data]);
  const properties: Seen['properties'] = [];
  for (const [x, y] of places) properties.push((await backend.surfaceAt(x * canvas.clientWidth, y * canvas.clientHeight))?.feature?.properties ?? null);
  tiles.dispose();
  backend.dispose();
  return { colours, issues, properties };
}

Object.assign(window, { look, ready: true });
