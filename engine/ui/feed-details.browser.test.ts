import { expect, test } from 'vitest';
import { useBrowser } from '../../tests/browser.ts';

const browser = useBrowser({ viewport: { width: 380, height: 860 } });

test.each([['zh', 'light', '查看拒收的消息', '源时钟', '不是 JSON'], ['en', 'dark', 'Look at what was refused', "Sources' clock", 'Not JSON']])('%s: the account of a feed, and what it refused as text alone', async (language, theme, look, clock, reason) => {
  const open = await browser.open(`/tests/pages/feed-details.html?lang=${language}&theme=${theme}`);
  await open.until('window.bench?.root.querySelector(".layer")');
  await open.page.locator('.layer .titles').click();
  await open.page.locator('.feed summary').click();
  const facts = open.page.locator('.feed dl').first();
  await facts.locator('dt').first().waitFor();
  expect(await facts.innerText()).toContain(clock);
  await open.page.locator('.feed button', { hasText: look }).click();
  const list = open.page.locator('.refused li');
  await list.first().waitFor();
  expect(await list.count()).toBe(6);
  expect(await open.page.locator('.refused').innerText()).toContain('<img src=x onerror="window.hacked = true">');
  expect(await open.page.locator('.feed').innerText()).toContain(reason);
  expect(await open.page.evaluate('[window.hacked, document.querySelectorAll("img, script[src=x]").length, bench.root.querySelectorAll("img, script").length]')).toEqual([undefined, 0, 0]);
  expect(open.errors).toEqual([]);
  if (process.env.PICTURES) await open.page.screenshot({ path: `${process.env.PICTURES}/feed-${language}.png` });
  await open.close();
});
