import { TwinError, type ErrorCode } from '../../engine/errors.ts';
import type { BackendOptions, TileLoader } from '../../engine/backend.ts';
import { LIGHTS } from '../../engine/drawing/light.ts';
import { createBackend, type CesiumBackend } from '../../engine/backends/cesium/index.ts';

/** What the browser tests of this backend reach through `window.bench`. */
export interface Bench {
  start(options?: Partial<BackendOptions>): Promise<CesiumBackend>;
  /** Draws frames until `done` says so (or `limit` milliseconds have gone by). @returns frames drawn */
  run(backend: CesiumBackend, done: () => boolean, limit?: number, time?: number): Promise<number>;
  readonly issues: string[];
  readonly asked: string[];
  readonly lights: typeof LIGHTS;
  backend: CesiumBackend | null;
}

const issues: string[] = [];
const asked: string[] = [];

const loader: TileLoader = {
  async load(url, { signal, kind }) {
    asked.push(`${kind} ${new URL(url).pathname}`);
    const answer = await fetch(url, { signal });
    if (!answer.ok) throw new TwinError((answer.status === 404 ? 'not-found' : 'network') satisfies ErrorCode, `${answer.status} for ${url}`, { where: url });
    return answer.arrayBuffer();
  },
};

const bench: Bench = {
  issues, asked, lights: LIGHTS, backend: null,
  async start(options = {}) {
    const backend = await createBackend({
      element: document.querySelector<HTMLElement>('#view')!, at: [117.49, 30.66], pose: { lon: 117.49, lat: 30.652, height: 700, heading: 0, pitch: -15, roll: 0 },
      light: LIGHTS.day, loader, assets: new URL('/citymirror-assets/cesium/', location.href).href, budget: 512e6, economy: true,
      onIssue: (error) => { issues.push(`${error.code}: ${error.message}`); },
      ...options,
    }) as CesiumBackend;
    bench.backend = backend;
    return backend;
  },
  async run(backend, done, limit = 30_000, time = 1000) {
    const end = performance.now() + limit;
    let frames = 0;
    while (performance.now() < end) {
      if (backend.frame(time)) frames++;
      if (done()) return frames;
      await new Promise((next) => requestAnimationFrame(next));
    }
    throw new Error(`not done after ${limit} ms and ${frames} frames; ${issues.join('; ')}`);
  },
};
Object.assign(window, { bench, ready: true });
