import './cesium.ts';
import type { Bench } from './cesium.ts';

/** Everything a twin asks of this backend, from a script of the page: what a test does through the debugger is exempt from the policy. */
const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ''}:${event.lineNumber}`));

const { bench } = window as unknown as { bench: Bench };
const city = new URL('/city/', location.href).href;
const bounds = [117.47, 30.64, 117.51, 30.68] as const;
const backend = await bench.start();
await backend.terrain({ url: `${city}terrain/layer.json`, bounds });
backend.imagery({
  bounds, minLevel: 10, maxLevel: 15, tileSize: 64, order: 0,
  request: async () => {
    const paper = new OffscreenCanvas(64, 64);
    paper.getContext('2d')!.fillRect(0, 0, 32, 32);
    return paper.transferToImageBitmap();
  },
});
const tiles = await backend.tiles({ url: `${city}tileset.json`, features: 300, order: 0, onIssue: (error) => { bench.issues.push(error.message); } });
backend.draw({
  kind: 'labels', anchor: { lon: 117.49, lat: 30.66, height: 0 }, epoch: 0, order: 600, ids: null, places: new Float32Array([0, 0, 60]), texts: ['城镜'],
  colours: new Uint8Array([255, 255, 255, 255]), size: 16, offset: [0, 0],
});
await bench.run(backend, () => tiles.progress.complete && tiles.progress.loaded > 0 && backend.native.globe.tilesLoaded, 60_000);
const hit = await backend.surfaceAt(160, 120);
backend.dispose();
const met = [...violations];
// The watch itself is watched: a sheet written into the page must be noticed.
document.head.append(Object.assign(document.createElement('style'), { textContent: 'a { color: red }' }));
await new Promise((next) => { setTimeout(next, 200); });
document.title = JSON.stringify({ violations: met, issues: bench.issues, hit: hit !== null, watched: violations.length > met.length });
