import { expect, test } from 'vitest';
import { useBrowser } from './browser.ts';

const browser = useBrowser();

test('a page of the repository opens, has WebGL 2 and is drawn as it says', async () => {
  const opened = await browser.open('/tests/pages/blank.html');
  await opened.until('window.ready');
  const { width, height, data } = await opened.screenshot();
  expect([width, height]).toEqual([320, 180]);
  expect([...data.subarray(0, 3)]).toEqual([0x33, 0x66, 0xcc]);
  expect(opened.errors).toEqual([]);
  await opened.close();
});

test('what goes wrong on a page is collected', async () => {
  const opened = await browser.open('/tests/pages/blank.html');
  await opened.page.evaluate(() => { setTimeout(() => { throw new Error('on purpose'); }); console.error('said'); });
  await expect.poll(() => opened.errors.length).toBe(2);
  await opened.close();
});
