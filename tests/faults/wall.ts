import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { builtPages } from '../../demo/server/pages.ts';
import { startServer, type Running } from '../../demo/server/server.ts';
import type { SimulatorOrders } from '../../demo/server/simulator/main.ts';
import { chromiumFlags } from '../browser.ts';
import { findChromium } from '../install.mjs';
import { smallCity } from '../view-checks.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

const VEHICLES = 200;
const live = (page: Page, seconds: number): Promise<number> => until(page, `typeof window.twin?.status === 'function' && window.twin.status('traffic').state === 'live' && !document.querySelector('#beat').classList.contains('waiting')`, seconds);

/** Seconds until a condition holds in the page; Infinity when it does not within the time. */
async function until(page: Page, condition: string, seconds: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    const passed = (performance.now() - started) / 1000;
    if (await page.evaluate(condition)) return passed;
    if (passed > seconds) return Infinity;
    await new Promise((done) => { setTimeout(done, 150); });
  }
}

function drive(roads: string, port: number): ChildProcess {
  const child = fork(fileURLToPath(new URL('../../demo/server/simulator/main.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const orders: SimulatorOrders = { roads, broker: `ws://127.0.0.1:${port}/mqtt`, prefix: 'city', vehicles: VEHICLES, seed: 1 };
  child.send(orders);
  return child;
}

/** The wall opens before there is a server to ask, loses it when it runs, and has it back: nobody touches the page. */
async function wall(): Promise<Figure[]> {
  const [city, pages] = await Promise.all([smallCity(), builtPages(() => {})]);
  const browser = await chromium.launch({ executablePath: findChromium()!, args: [...chromiumFlags] });
  const roads = join(city.folder, 'roads.fgb');
  const start = (port: number): Promise<Running> => startServer({ port, pages, cities: [{ id: 'small', folder: city.folder, roads }] });
  let server = await start(0);
  let simulator = drive(roads, server.port);
  try {
    const page = await browser.newPage({ viewport: { width: 480, height: 270 } });
    let away = true;
    await page.route('**/cities/index.json', (route) => (away ? route.abort() : route.continue()));
    await page.goto(`${server.url}wall/?economy`);
    const said = await until(page, `document.querySelector('#boot').textContent !== ''`, 20);
    away = false;
    const opened = await live(page, 90);
    await page.evaluate('window.still = true');
    const { port } = server;
    simulator.kill();
    await server.close();
    const noticed = await until(page, `document.querySelector('#beat').classList.contains('waiting')`, 30);
    const aged = await until(page, `document.querySelector('#as-of li.stale') !== null`, 60);
    server = await start(port);
    simulator = drive(roads, port);
    const back = await live(page, 90);
    const same = await page.evaluate('window.still === true');
    return [
      { what: 'says why it is not open while no server answers', value: said.toFixed(1), unit: 's', reach: '≤ 20 s', met: said <= 20 },
      { what: 'opens by itself once the server answers, live', value: opened.toFixed(1), unit: 's', reach: '≤ 60 s', met: opened <= 60 },
      { what: 'says that the server is gone', value: noticed.toFixed(1), unit: 's', reach: '≤ 15 s', met: noticed <= 15 },
      { what: 'shows the data as old', value: aged.toFixed(1), unit: 's', reach: '≤ 30 s', met: aged <= 30 },
      { what: 'live again after the restart', value: back.toFixed(1), unit: 's', reach: '≤ 30 s', met: back <= 30 },
      { what: 'the same page throughout', value: same ? 'yes' : 'no', unit: '', reach: 'yes', met: same === true },
    ];
  } finally {
    await browser.close();
    simulator.kill();
    await server.close();
    city.remove();
  }
}

export const rows = { WALL: wall };
