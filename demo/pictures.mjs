// Takes the pictures of docs/pictures from a running `npm start`: four views, by day and by night, on both engines, and the other lights once each.
//   PORT=5173 node demo/pictures.mjs [NAME…]
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium } from '../tests/install.mjs';

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
const port = process.env.PORT ?? '5173';
const wanted = process.argv.slice(2);
const flags = ['--headless=new', '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--no-first-run', '--disable-background-networking'];

/** Where each picture is taken from, and what of the layers it needs. */
const VIEWS = {
  street: { pose: { lon: 117.4921, lat: 30.6537, height: 52, heading: 24, pitch: -9, roll: 0 } },
  district: { pose: { lon: 117.4866, lat: 30.6462, height: 620, heading: 26, pitch: -27, roll: 0 } },
  above: { pose: { lon: 117.4925, lat: 30.6543, height: 1150, heading: 0, pitch: -88, roll: 0 } },
  underground: { pose: { lon: 117.4921, lat: 30.6515, height: 150, heading: 22, pitch: -34, roll: 0 }, layers: { ground: { opacity: 0.3 }, buildings: { opacity: 0.16 }, traffic: { visible: false }, places: { visible: false } } },
};
const SHOTS = [
  ...Object.keys(VIEWS).flatMap((view) => ['day', 'night'].map((light) => ({ view, light }))),
  { view: 'district', light: 'dawn' },
  { view: 'district', light: 'dusk' },
];

async function settle(page, backend) {
  const started = Date.now();
  let calm = 0;
  while (calm < 3 && Date.now() - started < 150_000) {
    await page.waitForTimeout(2000);
    const loading = await page.evaluate(() => Object.keys(window.twin.document.layers).some((id) => window.twin.status(id).state === 'loading'));
    calm = loading ? 0 : calm + 1;
  }
  // Pictures of the ground come after the tiles, and nothing says when the last is there.
  await page.waitForTimeout(backend === 'three' ? 9000 : 60_000);
}

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: findChromium(), args: flags });
for (const backend of ['three', 'cesium']) {
  const shots = SHOTS.map((shot) => ({ ...shot, name: `${shot.view}-${shot.light}-${backend}` })).filter(({ name }) => wanted.length === 0 || wanted.some((each) => name.includes(each)));
  if (shots.length === 0) continue;
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.on('pageerror', (error) => console.error(backend, error.message));
  await page.goto(`http://localhost:${port}/planner/?backend=${backend}&lang=zh`);
  await page.waitForFunction(() => window.twin?.document !== undefined && typeof window.twin.status === 'function');
  await settle(page, backend);
  const plain = await page.evaluate(() => structuredClone(window.twin.document.layers));
  for (const { view, light, name } of shots) {
    const { pose, layers = {} } = VIEWS[view];
    await page.evaluate(async ({ view: at, light: now, layers: changes, plain: before }) => {
      const { twin } = window;
      const patch = Object.entries(before).map(([id, layer]) => ({ op: 'replace', path: `/layers/${id}`, value: { ...layer, ...changes[id] } }));
      twin.apply([...patch, { op: 'replace', path: '/light', value: now }], { by: 'pictures', undo: false });
      await twin.look(at, 0);
    }, { view: pose, light, layers, plain });
    await settle(page, backend);
    await page.screenshot({ path: `${folder}${name}.jpg`, type: 'jpeg', quality: 82, timeout: 180_000 });
    console.log(name);
  }
  await page.close();
}
await browser.close();
