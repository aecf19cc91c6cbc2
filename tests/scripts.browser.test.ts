import { afterAll, beforeAll, expect, test } from 'vitest';
import { csv } from '../engine/ui/csv.ts';
import { startBrowser, type BrowserHarness } from './browser.ts';
import { FORMULAS, PAYLOADS } from './payloads.ts';

let harness: BrowserHarness;
beforeAll(async () => { harness = await startBrowser(); });
afterAll(() => harness?.close());

interface Sinks { names: string[]; feed(name: string, payloads: readonly string[]): Promise<{ ran: number; suspects: string[] }> }

test('a sample of payloads runs in none of the widgets, without any policy', async () => {
  const open = await harness.open('/tests/pages/sinks.html', { width: 256, height: 256 });
  await open.until('window.sinksReady');
  expect(PAYLOADS.length).toBeGreaterThanOrEqual(300);
  const sample = PAYLOADS.filter((_payload, i) => i % 9 === 0);
  const names = await open.page.evaluate(() => (window as unknown as { sinks: Sinks }).sinks.names);
  expect(names.length).toBeGreaterThanOrEqual(6);
  for (const name of names) {
    const found = await open.page.evaluate(([name, sample]) => (window as unknown as { sinks: Sinks }).sinks.feed(name, sample), [name, sample] as const);
    expect([name, found]).toEqual([name, { ran: 0, suspects: [] }]);
  }
  // The probe itself: what a careless page would do is noticed.
  const careless = await open.page.evaluate(async (payload) => {
    document.getElementById('out')!.innerHTML = payload;
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    return [(window as unknown as { sinks: { ran(): number } }).sinks.ran(), (window as unknown as { sinks: { suspects(): string[] } }).sinks.suspects().length];
  }, PAYLOADS[1]);
  expect(careless).toEqual([1, 1]);
  await open.close();
});

test('no cell of a CSV begins as a formula', () => {
  for (const formula of FORMULAS) {
    const line = csv(['a'], [[formula]]).slice('\uFEFFa\r\n'.length);
    const cell = line.startsWith('"') ? line.slice(1, -3).replaceAll('""', '"') : line.slice(0, -2);
    expect([formula, /^\s*[=+\-@\t\r\n＝＋－＠]/u.test(cell)]).toEqual([formula, false]);
  }
});
