import { describe, expect, test } from 'vitest';
import { useBrowser } from '../../tests/browser.ts';
import type { bench as Bench } from '../../tests/pages/clock-bar.ts';

const browser = useBrowser({ viewport: { width: 900, height: 140 } });
declare const bench: typeof Bench;

describe('the clock', () => {
  test('by keys, by marks, by pointer; says its moment; gaps are seen; disposed', async () => {
    const open = await browser.open('/tests/pages/clock-bar.html?lang=en');
    const { page } = open;
    await expect.poll(() => page.evaluate(() => 'bench' in window && bench.root.querySelector('canvas') !== null), { timeout: 20_000 }).toBe(true);
    const clock = (): Promise<{ mode: string; back: number; rate: number }> => page.evaluate(() => ({ mode: bench.twin.document.clock.mode, back: bench.now - bench.twin.clock.now(), rate: bench.twin.document.clock.rate }));
    const slider = page.getByRole('slider');
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/, Live$/u);
    expect(await page.getByRole('button', { name: 'Back to live' }).isDisabled()).toBe(true);
    // The hour: what came, a gap of five minutes, and before what is held.
    await expect.poll(() => page.evaluate(() => bench.pixel(0.9))).toEqual([0x7f, 0xa3, 0xb8]);
    expect(await page.evaluate(() => bench.pixel(1 - 1150 / 3600))).not.toEqual([0x7f, 0xa3, 0xb8]);

    await slider.focus();
    for (let k = 0; k < 3; k++) await page.keyboard.press('ArrowLeft');
    expect(await clock()).toMatchObject({ mode: 'paused', back: 15 });
    await page.keyboard.press('Shift+ArrowRight');
    expect((await clock()).back).toBeCloseTo(14.96, 3);
    await page.keyboard.press('[');
    expect(await clock()).toMatchObject({ mode: 'paused', back: 600 });
    expect(await slider.getAttribute('aria-valuetext')).toContain('Loading');
    await page.keyboard.press('[');
    expect((await clock()).back).toBe(1500);
    await page.getByRole('button', { name: /^Go to Fire/u }).click();
    expect((await clock()).back).toBe(600);
    await page.keyboard.press('Tab');
    await slider.focus();

    await page.getByLabel('Speed').selectOption('-8');
    expect(await clock()).toMatchObject({ mode: 'replay', rate: -8 });
    await page.evaluate(() => bench.advance(10));
    expect((await clock()).back).toBeCloseTo(680, 1);
    await slider.focus();
    await page.keyboard.press(' ');
    expect(await clock()).toMatchObject({ mode: 'paused', rate: -8 });
    await page.keyboard.press('End');
    expect((await clock()).mode).toBe('live');

    const box = (await slider.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.25, box.y + 10, { steps: 4 });
    await page.mouse.up();
    expect(Math.abs((await clock()).back - (0.75 * 3600 - 10))).toBeLessThan(10);
    await page.getByRole('button', { name: 'Back to live' }).click();
    expect((await clock()).mode).toBe('live');
    await page.getByLabel('Time shown on the track').selectOption('quarter');
    await expect.poll(() => slider.evaluate((each) => Number(each.getAttribute('aria-valuemax')) - Number(each.getAttribute('aria-valuemin')))).toBe(900);
    expect(await page.evaluate(() => bench.violations)).toEqual([]);
    await page.evaluate(() => bench.life.abort());
    expect(open.errors).toEqual([]);
    await open.close();
  });
});
