import { expect, test } from 'vitest';
import { useBrowser, type OpenPage } from '../../tests/browser.ts';

const browser = useBrowser();

const ask = (opened: OpenPage, name: string, input: unknown, options = {}) =>
  opened.page.evaluate(([name, input, options]) => window.ask(name as string, input, options as object), [name, input, options]);

async function openPool(): Promise<OpenPage> {
  const opened = await browser.open('/workers/pool/testing/pool.html');
  await opened.until('window.ask');
  expect((await ask(opened, 'square', { value: 3 })).value).toBe(9);
  return opened;
}

test("a browser's workers are supervised alike: throws, breaks, closes, spins, runs past its deadline, is cancelled (W01–W04)", async () => {
  const opened = await openPool();
  const cases: [string, unknown, object, string, number][] = [
    ['throw', {}, {}, 'analysis-failed', 500],
    ['wasm', {}, {}, 'analysis-failed', 1000],
    ['unclonable', {}, {}, 'analysis-failed', 500],
    ['uncaught', {}, {}, 'worker-died', 1000],
    ['spin', {}, {}, 'worker-hung', 4500],
    ['long', { seconds: 30 }, { deadline: 1 }, 'deadline', 2500],
    ['square', { value: 2, pause: 30_000 }, { abortAfter: 50 }, 'aborted', 500],
  ];
  for (const [name, input, options, code, within] of cases) {
    const outcome = await ask(opened, name, input, options);
    expect([name, outcome.code]).toEqual([name, code]);
    expect(outcome.ms).toBeLessThan(within);
    expect((await ask(opened, 'square', { value: 4 })).value).toBe(16);
  }
  await opened.close();
});

test('a worker that vanishes without an event is found by its silence (W02)', async () => {
  const opened = await openPool();
  const pending = ask(opened, 'square', { value: 5, pause: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await opened.page.evaluate(() => window.workers.at(-1)!.terminate());
  const outcome = await pending;
  expect(outcome.code).toBe('worker-hung');
  expect(outcome.ms).toBeLessThan(200 + 4300);
  expect((await ask(opened, 'square', { value: 4 })).value).toBe(16);
  await opened.close();
});

test('a worker whose script is missing is a sentence that names the cause (W05)', async () => {
  const opened = await openPool();
  const outcome = await ask(opened, 'missing', {});
  expect(outcome.code).toBe('worker-died');
  expect(outcome.message).toMatch(/worker-src/);
  await opened.close();
});
