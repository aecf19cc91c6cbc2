import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CDPSession } from 'playwright-core';
import { startBrowser, type BrowserHarness, type OpenPage } from '../tests/browser.ts';

interface Row {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const POINTS = 1_000_000;
const UPDATES = 100_000;
/** As fast as the feed worker is asked to go, and what it must do at least. */
const RUSH = { asked: 1_000_000, least: 300_000 };
const COLLECTION = 100_000;
/** Seconds measured, after as many to settle. */
const SECONDS = 6;
/** Milliseconds a frame below which a difference means nothing: less counts as this much. */
const NOISE = 0.05;
const SIZE = { width: 320, height: 180 };
const GENERATOR = fileURLToPath(new URL('../workers/feeds/testing/points-generator.mjs', import.meta.url));

/** Processor time of the page's main thread. */
interface Thread {
  /** Milliseconds a frame and a second, all of the thread's tasks. */
  readonly frame: number;
  readonly second: number;
  readonly framesASecond: number;
  /** Milliseconds of script a frame, all of the thread's; and of drawing alone. */
  readonly script: number;
  readonly drawing: number;
}

async function metrics(session: CDPSession): Promise<Record<string, number>> {
  const { metrics: list } = await session.send('Performance.getMetrics') as { metrics: { name: string; value: number }[] };
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

/** Measures a page that draws all the time. */
async function measure(opened: OpenPage): Promise<Thread> {
  const session = await opened.page.context().newCDPSession(opened.page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await opened.page.waitForTimeout(SECONDS * 500);
  await opened.page.evaluate('frameScript()');
  const framesBefore = await opened.page.evaluate<number>('counted()');
  const before = await metrics(session);
  const begun = performance.now();
  await opened.page.waitForTimeout(SECONDS * 1000);
  const after = await metrics(session);
  const seconds = (performance.now() - begun) / 1000;
  const frames = (await opened.page.evaluate<number>('counted()')) - framesBefore;
  const task = (after.TaskDuration - before.TaskDuration) * 1000;
  const script = (after.ScriptDuration - before.ScriptDuration) * 1000;
  return { frame: task / Math.max(frames, 1), second: task / seconds, framesASecond: frames / seconds, script: script / Math.max(frames, 1), drawing: await opened.page.evaluate<number>('frameScript()') };
}

async function page(browser: BrowserHarness, backend: string): Promise<OpenPage> {
  const opened = await browser.open('/tests/pages/live.html', SIZE);
  await opened.until('window.ready');
  await opened.page.evaluate(`start('${backend}')`);
  return opened;
}

interface Live {
  readonly without: Thread;
  readonly points: Thread;
  /** The million still there, nothing comes any more. */
  readonly still: Thread;
  /**
   * Milliseconds a frame of which sixty are drawn a second: script of drawing the million beyond the empty page's, and a sixtieth of what a second's
   * updates cost beyond the same million standing still. Software rendering draws a few frames a second, each with all updates since the last.
   */
  readonly atSixty: number;
  /** Readings a second that the feed worker put into the history while it was measured. */
  readonly rate: number;
}

/** A backend without points, then with a million that another process moves. */
async function live(browser: BrowserHarness, backend: 'three' | 'cesium', updates = UPDATES): Promise<Live> {
  const opened = await page(browser, backend);
  const without = await measure(opened);
  const generator = spawn(process.execPath, [GENERATOR, String(POINTS), String(updates), String(600)], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = Number((await createInterface({ input: generator.stdout })[Symbol.asyncIterator]().next()).value);
    await opened.page.evaluate(`feed('ws://127.0.0.1:${port}', '${browser.origin}/live/city.json', ${POINTS})`);
    await opened.page.waitForTimeout(SECONDS * 800);
    const read = (): Promise<number> => opened.page.evaluate<number>('(({ applied, coalesced, late, duplicate }) => applied + coalesced + late + duplicate)(twin().status("live").feed.ledger)');
    const [from, since] = [await read(), performance.now()];
    const points = await measure(opened);
    const rate = ((await read()) - from) / ((performance.now() - since) / 1000);
    if (opened.errors.length > 0) throw new Error(opened.errors.join('\n'));
    process.kill(generator.pid!, 'SIGSTOP');
    await opened.page.waitForTimeout(SECONDS * 500);
    const still = await measure(opened);
    process.kill(generator.pid!, 'SIGCONT');
    // The updates' share by two ways, the dearer one counts: the whole thread's time, and the script of the frames that carry them.
    const share = Math.max(0, points.second - still.second, (points.drawing - still.drawing) * points.framesASecond);
    return { without, points, still, atSixty: Math.max(NOISE, still.drawing - without.drawing) + share / 60, rate };
  } finally {
    generator.kill();
    await opened.close();
  }
}

async function collection(browser: BrowserHarness): Promise<{ without: Thread; points: Thread }> {
  const opened = await page(browser, 'cesium');
  const without = await measure(opened);
  await opened.page.evaluate(`collection(${COLLECTION})`);
  const points = await measure(opened);
  await opened.close();
  return { without, points };
}

function row(what: string, value: number, unit: string, reach: number | null = null, met = true): Row {
  return { what, value: Number(value.toPrecision(4)), unit, reach, met };
}

/** A million points of which a million are told anew every second, over a WebSocket, the generator on the same cores. */
async function rush(browser: BrowserHarness): Promise<Row[]> {
  const { points, still, without, rate } = await live(browser, 'three', RUSH.asked);
  const second = Math.max(0, points.second - still.second);
  const name = `three: ${POINTS} points, ${RUSH.asked} updates a second asked`;
  return [
    { what: `${name}: updates a second through the feed worker`, value: Math.round(rate), unit: '1/s', reach: `≥ ${RUSH.least}`, met: rate >= RUSH.least },
    row(`${name}: thread time a second beyond the same standing still`, second, 'ms', null),
    { what: `${name}: … of it script`, value: Number(Math.max(0, points.script * points.framesASecond - still.script * still.framesASecond).toFixed(1)), unit: 'ms', reach: '≤ 20', met: points.script * points.framesASecond - still.script * still.framesASecond <= 20 },
    { what: `${name}: a frame's share at 60 frames a second`, value: Number((second / 60).toFixed(3)), unit: 'ms', reach: '≤ 0.5', met: second / 60 <= 0.5 },
    row(`${name}: frames a second drawn here (empty page ${without.framesASecond.toPrecision(3)})`, points.framesASecond, '1/s'),
  ];
}

/** Main-thread cost of a million moving points, beside Cesium's own collection of a tenth of them, in one run. */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-live-'));
  writeFileSync(join(folder, 'city.json'), JSON.stringify({
    version: 1, bounds: [117.44, 30.62, 117.54, 30.7], center: [117.49, 30.66], heightDatum: 'ellipsoid', surveyDate: null, synthetic: true, source: [], layers: {}, missing: ['buildings', 'roads'],
  }));
  const browser = await startBrowser({ mounts: { '/live/': folder } });
  try {
    const rows: Row[] = [];
    const theirs = await collection(browser);
    const each = (theirs.points.frame - theirs.without.frame) / COLLECTION;
    rows.push(row(`PointPrimitiveCollection, ${COLLECTION} moved each frame: thread time a frame beyond the empty page`, theirs.points.frame - theirs.without.frame, 'ms'));
    rows.push(row('… frames a second', theirs.points.framesASecond, '1/s'));
    for (const [backend, share] of [['three', 200], ['cesium', 60]] as const) {
      const ours = await live(browser, backend);
      const cost = ours.points.frame - ours.without.frame;
      const frames = Number(ours.points.framesASecond.toPrecision(3));
      rows.push(row(`${backend}: empty page, thread time a frame`, ours.without.frame, 'ms'));
      rows.push(row(`${backend}: empty page, script a frame`, ours.without.script, 'ms'));
      rows.push(row(`${backend}: ${POINTS} points, ${UPDATES} updates a second: thread time a second, ${frames} frames drawn in it`, ours.points.second, 'ms'));
      rows.push(row(`${backend}: … the same standing still: thread time a second`, ours.still.second, 'ms'));
      rows.push(row(`${backend}: … script of drawing a frame beyond the empty page, standing still`, ours.still.drawing - ours.without.drawing, 'ms'));
      rows.push(row(`${backend}: … a frame beyond the empty page, as drawn here (${Math.round(UPDATES / frames)} updates each)`, cost, 'ms'));
      rows.push(row(`${backend}: … a frame beyond the empty page, at 60 frames a second (${Math.round(UPDATES / 60)} updates each)`, ours.atSixty, 'ms'));
      rows.push(row(`${backend}: a point as drawn here is one part of the collection's in`, each / (cost / POINTS), '', share, each / (cost / POINTS) >= share));
      rows.push(row(`${backend}: derived, not observed: at 60 frames a second it would be one part in`, each / (ours.atSixty / POINTS), ''));
    }
    rows.push(...(await rush(browser)));
    return rows;
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}
