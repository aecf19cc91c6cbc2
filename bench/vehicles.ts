import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startBrowser, type BrowserHarness, type OpenPage } from '../tests/browser.ts';

interface Row {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const VEHICLES = 100_000;
const MODELS = 2000;
/** Each vehicle reports every five seconds. */
const UPDATES = VEHICLES / 5;
const ENTITIES = 10_000;
/** Milliseconds of script a frame that the vehicles may cost. */
const REACH = 2;
const SECONDS = 6;
const SIZE = { width: 320, height: 180 };
const GENERATOR = fileURLToPath(new URL('../workers/feeds/testing/points-generator.mjs', import.meta.url));

/** Thread time of the page's main thread (processor time, not the wall's). */
interface Thread {
  readonly script: number;
  readonly task: number;
  readonly drawing: number;
  readonly framesASecond: number;
}

async function measure(opened: OpenPage): Promise<Thread> {
  const session = await opened.page.context().newCDPSession(opened.page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async (): Promise<{ script: number; task: number }> => {
    const { metrics } = await session.send('Performance.getMetrics') as { metrics: { name: string; value: number }[] };
    const of = (name: string): number => (metrics.find((metric) => metric.name === name)?.value ?? 0) * 1000;
    return { script: of('ScriptDuration'), task: of('TaskDuration') };
  };
  await opened.page.waitForTimeout(SECONDS * 500);
  await opened.page.evaluate('frameScript()');
  const [first, before, begun] = [await opened.page.evaluate<number>('counted()'), await read(), performance.now()];
  await opened.page.waitForTimeout(SECONDS * 1000);
  const [after, seconds, last] = [await read(), (performance.now() - begun) / 1000, await opened.page.evaluate<number>('counted()')];
  const frames = Math.max(1, last - first);
  return { script: (after.script - before.script) / frames, task: (after.task - before.task) / frames, drawing: await opened.page.evaluate<number>('frameScript()'), framesASecond: frames / seconds };
}

async function page(browser: BrowserHarness, backend: string): Promise<OpenPage> {
  const opened = await browser.open('/tests/pages/vehicles.html', SIZE);
  await opened.until('window.ready');
  await opened.page.evaluate(`start('${backend}')`);
  return opened;
}

/** A backend without vehicles, with all of them moving, and with all of them standing still. */
async function ours(browser: BrowserHarness, backend: 'three' | 'cesium'): Promise<Record<'empty' | 'moving' | 'still', Thread> & { models: number }> {
  const opened = await page(browser, backend);
  const empty = await measure(opened);
  const generator = spawn(process.execPath, [GENERATOR, String(VEHICLES), String(UPDATES), '600'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = Number((await createInterface({ input: generator.stdout })[Symbol.asyncIterator]().next()).value);
    await opened.page.evaluate(`feed('ws://127.0.0.1:${port}', '${browser.origin}/live/city.json', ${VEHICLES}, ${MODELS})`);
    await opened.page.waitForTimeout(SECONDS * 2000);
    const moving = await measure(opened);
    const models = await opened.page.evaluate<number>('models()');
    if (opened.errors.length > 0) throw new Error(opened.errors.join('\n'));
    process.kill(generator.pid!, 'SIGSTOP');
    await opened.page.waitForTimeout(SECONDS * 1500);
    const still = await measure(opened);
    process.kill(generator.pid!, 'SIGCONT');
    return { empty, moving, still, models };
  } finally {
    generator.kill();
    await opened.close();
  }
}

function row(what: string, value: number, unit: string, reach: number | null = null): Row {
  const rounded = Number(value.toPrecision(4));
  return { what, value: rounded, unit, reach, met: reach === null || rounded <= reach };
}

/** What 100,000 moving vehicles, 2,000 of them as models, cost the main thread, beside Cesium's entities in the same run. */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-vehicles-'));
  writeFileSync(join(folder, 'city.json'), JSON.stringify({ version: 1, bounds: [117.44, 30.61, 117.54, 30.64], center: [117.49, 30.624], heightDatum: 'ellipsoid', surveyDate: null, synthetic: true, source: [], layers: {}, missing: ['buildings', 'roads'] }));
  const browser = await startBrowser({ mounts: { '/live/': folder } });
  try {
    const rows: Row[] = [];
    for (const backend of ['three', 'cesium'] as const) {
      const { empty, moving, still, models } = await ours(browser, backend);
      const each = Math.round(UPDATES / moving.framesASecond);
      // Software rendering draws few frames, each with many updates: at sixty a second a frame carries a sixtieth of what a second's updates cost.
      const updates = Math.max(0, (moving.script - still.script) * moving.framesASecond);
      const what = `${backend}: ${VEHICLES} vehicles, ${MODELS} as models, ${UPDATES} reports a second`;
      rows.push(row(`${what}: script a frame beyond the empty page, as drawn here (${moving.framesASecond.toFixed(1)} frames a second, ${each} reports each)`, moving.script - empty.script, 'ms', REACH));
      rows.push({ ...row(`${backend}: … models drawn`, models, ''), reach: `≥ ${0.99 * MODELS}`, met: models >= 0.99 * MODELS });
      rows.push(row(`${backend}: … derived for sixty frames a second`, Math.max(0, still.drawing - empty.drawing) + updates / 60, 'ms', REACH));
      rows.push(row(`${backend}: … all of the thread's tasks a frame beyond the empty page`, moving.task - empty.task, 'ms'));
      rows.push(row(`${backend}: … script of drawing a frame beyond the empty page, nothing new coming`, still.drawing - empty.drawing, 'ms'));
    }
    const opened = await page(browser, 'cesium');
    const without = await measure(opened);
    await opened.page.evaluate(`entities(${ENTITIES})`);
    const theirs = await measure(opened);
    await opened.close();
    rows.push(row(`Cesium entities, ${ENTITIES} moving: script a frame beyond the empty page`, theirs.script - without.script, 'ms'));
    rows.push(row('… frames a second', theirs.framesASecond, '1/s'));
    return rows;
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}
