import { describe, expect, test } from 'vitest';
import { useBrowser } from '../../tests/browser.ts';
import type { bench as Bench } from '../../tests/pages/card-chart.ts';

const browser = useBrowser({ viewport: { width: 380, height: 420 } });
declare const bench: typeof Bench;
const ACCENT = { light: '#14587f', dark: '#86bfe0' } as const;

describe('the chart of a card', () => {
  test.each(['light', 'dark'] as const)('%s: drawn with the tokens under the strict policy, gaps as gaps, bands in their colours, disposed with the card', async (theme) => {
    const open = await browser.open(`/tests/pages/card-chart.html?theme=${theme}&lang=en`);
    // Asked by the debugger, which the policy does not bind; what is asked is the page's own.
    const until = (what: () => boolean): Promise<void> => expect.poll(() => open.page.evaluate(what), { timeout: 20_000 }).toBe(true);
    await until(() => 'bench' in window && bench.root.querySelector('canvas') !== null && bench.share('#00e400') > 0);
    const columns = await open.page.evaluate((colour) => bench.lineColumns(colour), ACCENT[theme]);
    const widest = columns.slice(1).map((at, i) => at - columns[i]).toSorted((a, b) => b - a);
    // Six and a half of 35 hours over the plot of 0.84 of the width.
    expect(widest[0]).toBeGreaterThan(0.1);
    expect(widest[0]).toBeLessThan(0.24);
    expect(await open.page.evaluate(() => bench.share('#ff7e00'))).toBeGreaterThan(0.0005);
    expect(await open.page.evaluate(() => bench.root.querySelector('.plot')!.getAttribute('aria-label'))).toContain('AQI');
    await open.page.locator('select').selectOption('CO (mg/m³)');
    await until(() => bench.share('#00e400') === 0);
    await open.page.locator('summary').click();
    await until(() => bench.root.querySelectorAll('tbody tr').length === 36);
    expect(await open.page.locator('tbody td', { hasText: '–' }).count()).toBe(7);
    const canvas = open.page.locator('.plot');
    await canvas.hover({ position: { x: 180, y: 60 } });
    await open.page.waitForTimeout(200);
    expect(await open.page.evaluate(() => bench.violations)).toEqual([]);
    await open.page.evaluate(() => bench.violate());
    await until(() => bench.violations.length > 0);
    await open.page.evaluate(() => bench.life.abort());
    expect(await open.page.evaluate(() => bench.root.querySelectorAll('canvas').length)).toBe(0);
    expect(open.errors.filter((error) => !/Content Security Policy/u.test(error))).toEqual([]);
    await open.close();
  });

  test('code that does not come leaves the numbers as a table, and one sentence', async () => {
    const context = await browser.browser.newContext({ viewport: { width: 380, height: 420 } });
    const page = await context.newPage();
    await page.route(/\/engine\/ui\/chart\.ts/u, (route) => route.abort());
    await page.goto(`${browser.origin}/tests/pages/card-chart.html?lang=zh`);
    await page.locator('tbody tr').first().waitFor({ timeout: 20_000 });
    expect(await page.locator('.course p').textContent()).toBe('图表未能载入，数值见下表。');
    await context.close();
  });
});
