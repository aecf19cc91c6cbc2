// Takes the pictures of docs/pictures/live from a running `npm start`: the pages of the live layers, by day and by night, on both engines.
//   PORT=5173 node demo/live-pictures.mjs [NAME…]
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium } from '../tests/install.mjs';

const folder = fileURLToPath(new URL('../docs/pictures/live/', import.meta.url));
const port = process.env.PORT ?? '5173';
const wanted = process.argv.slice(2);
const flags = ['--headless=new', '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--no-first-run', '--disable-background-networking'];

/** Each page, where from (its own view when absent), and seconds until there is something to see. */
const PAGES = {
  vehicles: { seconds: 45, pose: { lon: 117.4898, lat: 30.6543, height: 58, heading: 14, pitch: -17, roll: 0 } },
  congestion: { seconds: 60 },
  fleet: { seconds: 95 },
};

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: findChromium(), args: flags });
for (const backend of ['three', 'cesium']) {
  for (const [page, { seconds, pose }] of Object.entries(PAGES)) {
    const names = ['day', 'night'].map((light) => ({ light, name: `${page}-${light}-${backend}` })).filter(({ name }) => wanted.length === 0 || wanted.some((each) => name.includes(each)));
    if (names.length === 0) continue;
    const tab = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    tab.on('pageerror', (error) => console.error(page, backend, error.message));
    await tab.goto(`http://localhost:${port}/examples/${page}/?backend=${backend}&lang=zh`, { timeout: 120_000 });
    await tab.waitForFunction(() => window.twin?.document !== undefined, null, { timeout: 120_000 });
    await tab.waitForTimeout(5000);
    if (pose) await tab.evaluate((at) => window.twin.look(at, 0), pose);
    await tab.waitForTimeout(seconds * 1000);
    for (const { light, name } of names) {
      await tab.evaluate((now) => window.twin.apply([{ op: 'replace', path: '/light', value: now }], { by: 'pictures', undo: false }), light);
      await tab.waitForTimeout(backend === 'three' ? 8000 : 20_000);
      await tab.screenshot({ path: `${folder}${name}.jpg`, type: 'jpeg', quality: 80, timeout: 180_000 });
      console.log(name);
    }
    await tab.close();
  }
}
await browser.close();
