import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser, type BrowserHarness, type OpenPage } from '../../tests/browser.ts';
import type { Pixels } from '../../tests/png.ts';
import { smallCity, type SmallCity } from '../../tests/small-city.ts';

let city: SmallCity;
let list: string;
let harness: BrowserHarness;

beforeAll(async () => {
  city = await smallCity(200);
  list = mkdtempSync(join(tmpdir(), 'citymirror-list-'));
  writeFileSync(join(list, 'index.json'), JSON.stringify({ cities: [{ id: 'small', title: '小城', url: '/cities/small/city.json', live: false }] }));
  harness = await startBrowser({ mounts: { '/cities/small/': city.folder, '/cities/': list }, viewport: { width: 720, height: 405 } });
});
afterAll(async () => {
  await harness?.close();
  await city?.dispose();
  rmSync(list, { recursive: true, force: true });
});

/** Distinct colours in steps of 16 within the middle of a picture: a blank page has a handful. */
function colours({ width, height, data }: Pixels): number {
  const seen = new Set<number>();
  for (let y = Math.floor(height * 0.3); y < height * 0.8; y += 2) {
    for (let x = Math.floor(width * 0.35); x < width * 0.7; x += 2) {
      const at = (y * width + x) * 4;
      seen.add(((data[at] >> 4) << 8) | ((data[at + 1] >> 4) << 4) | (data[at + 2] >> 4));
    }
  }
  return seen.size;
}

const LOADED = "window.twin && ['ground', 'buildings', 'emergency'].every((id) => window.twin.status(id).state === 'ready')";

/** Drives the page as a person does: by what controls are called. */
const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
const documentOf = <T>(page: Page, pick: string): Promise<T> => page.evaluate(`window.twin.document${pick}`) as Promise<T>;

async function incidentByAddress(page: Page, typed: string): Promise<void> {
  const field = page.locator('planner-incident input[role="combobox"]');
  await field.fill(typed);
  await page.locator('planner-incident li[role="option"]').first().waitFor();
  await field.press('Enter');
}

/** The count that the panel shows, once it has come. */
async function affectedShown(open: OpenPage): Promise<number> {
  await open.until("document.querySelector('planner-incident').shadowRoot.querySelector('.affected .large')?.textContent");
  return Number((await open.page.locator('planner-incident .affected .large').textContent())?.replaceAll(',', ''));
}

describe('the planner page', () => {
  test.each(['three', 'cesium'])('opens the city on %s: a picture, no error', async (backend) => {
    const open = await harness.open(`/demo/planner/index.html?backend=${backend}&lang=zh&economy`);
    await open.until(LOADED, 90_000);
    await open.until("window.twin.backend.name === '" + backend + "'");
    let seen = 0;
    for (let tries = 0; tries < 40 && seen <= 12; tries++) {
      await open.page.waitForTimeout(500);
      seen = colours(await open.screenshot());
    }
    expect(seen).toBeGreaterThan(12);
    expect(await open.page.title()).toBe('小城 – 城镜 CityMirror');
    expect(open.errors).toEqual([]);
    await open.close();
  });

  test('hides a layer, colours by a property, filters, removes and takes back', async () => {
    const open = await harness.open('/demo/planner/index.html?lang=zh&economy');
    const { page } = open;
    await open.until(LOADED, 90_000);
    await press(page, '隐藏建筑');
    expect(await documentOf(page, '.layers.buildings.visible')).toBe(false);
    await page.keyboard.press('Control+z');
    expect(await documentOf(page, '.layers.buildings.visible')).toBe(true);
    await press(page, '建筑的设置');
    await page.getByLabel('着色依据').selectOption('height');
    expect(await documentOf(page, '.layers.buildings.rule.key')).toBe('height');
    await page.locator('city-layers .legend li').nth(2).waitFor();
    await press(page, '添加条件');
    expect(await documentOf(page, '.layers.buildings.filter.length')).toBe(1);
    await press(page, '移除图层');
    expect(await documentOf(page, '.layers.buildings')).toBeUndefined();
    await page.getByRole('button', { name: '撤销', exact: true }).click();
    await open.until("window.twin.document.layers.buildings?.rule?.key === 'height'");
    expect(open.errors).toEqual([]);
    await open.close();
  });

  test('an incident lists the buildings within its radius, nearest first, while the radius moves; a link brings it back', async () => {
    const open = await harness.open('/demo/planner/index.html?lang=zh&economy');
    const { page } = open;
    await open.until(LOADED, 90_000);
    await page.getByRole('radio', { name: '设置事故点' }).click();
    await incidentByAddress(page, '117.49, 30.66');
    const first = await affectedShown(open);
    expect(first).toBeGreaterThan(0);
    expect(await page.evaluate('window.twin.result("emergency")?.["incident-1"].total')).toBe(first);
    const slider = page.getByRole('slider', { name: '半径' });
    await slider.press('End');
    await open.until('window.twin.document.layers.emergency.options.incidents[0].radius === 5000');
    await open.until('window.twin.result("emergency")?.["incident-1"]?.total === 200');
    expect(await page.locator('planner-incident .virtual li').count()).toBeLessThan(60);
    const address = await page.evaluate(async () => {
      document.querySelector('planner-bar')!.shadowRoot!.querySelectorAll<HTMLButtonElement>('button').forEach((each) => { if (each.title === '复制场景链接') each.click(); });
      for (let tries = 0; tries < 50 && !location.hash; tries++) await new Promise((done) => setTimeout(done, 50));
      return location.href;
    });
    await page.keyboard.press('Control+z');
    expect(await documentOf(page, '.layers.emergency.options.incidents[0].radius')).toBe(300);
    expect(open.errors).toEqual([]);
    await open.close();
    const again = await harness.open(address.slice(harness.origin.length));
    await again.until('window.twin?.document.layers.emergency.options.incidents[0]?.radius === 5000', 90_000);
    expect(await affectedShown(again)).toBe(200);
    await again.close();
  });

  test('speaks the other language at once, everywhere', async () => {
    const open = await harness.open('/demo/planner/index.html?lang=zh&economy');
    await open.until(LOADED, 90_000);
    await open.page.getByRole('button', { name: 'Switch to English' }).click();
    await open.page.getByRole('heading', { name: 'Layers' }).waitFor();
    const rest = await open.page.evaluate(() => ['planner-bar', 'city-layers', 'city-clock', 'planner-note'].flatMap((tag) => {
      const root = document.querySelector(tag)?.shadowRoot;
      const texts = [...(root?.querySelectorAll('*') ?? [])].flatMap((each) => [each.getAttribute('aria-label') ?? '', each.getAttribute('placeholder') ?? '', ...[...each.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent ?? '')]);
      return texts.filter((text) => /[\u4e00-\u9fff]/u.test(text));
    }));
    // What the data call themselves stays; so does the name of the other language.
    expect([...new Set(rest)].filter((text) => !/^(小城|中文|切换为中文)/u.test(text))).toEqual([]);
    await open.close();
  });

  test('measures a line on the map and keeps it', async () => {
    const open = await harness.open('/demo/planner/index.html?lang=zh&economy');
    const { page } = open;
    await open.until(LOADED, 90_000);
    await page.getByRole('radio', { name: '测量距离' }).click();
    await page.mouse.click(300, 290);
    await open.until("window.twin.document.layers.measurements?.options.features.length === 1", 30_000);
    await page.mouse.click(400, 290);
    await open.until("window.twin.document.layers.measurements?.options.features[0].geometry.type === 'LineString'", 30_000);
    await press(page, '完成');
    const [line] = await documentOf<{ id: string; geometry: { coordinates: number[][] } }[]>(page, '.layers.measurements.options.features');
    expect(line.id).toMatch(/^measured-/u);
    expect(line.geometry.coordinates).toHaveLength(2);
    await open.until(`window.twin.result('measurements')?.['${line.id}']?.length > 1`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    expect(await documentOf(page, '.layers.measurements')).toBeUndefined();
    expect(open.errors).toEqual([]);
    await open.close();
  });

  test('a dropped file is opened, or one sentence says what is accepted', async () => {
    const open = await harness.open('/demo/planner/index.html?lang=en&economy');
    const { page } = open;
    await open.until(LOADED, 90_000);
    const drop = (name: string, text: string): Promise<void> => page.evaluate(([file, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], file));
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true, bubbles: true }));
    }, [name, text]);
    await drop('notes.txt', 'not json');
    await page.getByText('“notes.txt” was not opened. Accepted are GeoJSON').waitFor();
    await drop('metres.geojson', '{"type":"Point","coordinates":[500000,3400000]}');
    await page.getByText('not longitude and latitude').waitFor();
    await drop('path.geojson', '{"type":"LineString","coordinates":[[117.489,30.659],[117.491,30.661]]}');
    await open.until("Object.values(window.twin.document.layers).some((layer) => layer.type === 'sketch' && layer.title.en === 'path.geojson')");
    await drop('scene.json', JSON.stringify({ ...(await documentOf<object>(page, '')), title: { zh: '另一场景', en: 'Another scene' } }));
    await open.until("window.twin.document.title.en === 'Another scene'");
    expect(open.errors).toEqual([]);
    await open.close();
  });

  test('without WebGL 2 the incident tool, the list and the feeds’ states still work', async () => {
    const context = await harness.browser.newContext({ viewport: { width: 720, height: 405 } });
    const page = await context.newPage();
    await page.addInitScript(() => {
      const original = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function get(this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
        return kind.startsWith('webgl') ? null : Reflect.apply(original, this, [kind, ...rest]);
      } as typeof original;
    });
    await page.goto(`${harness.origin}/demo/planner/index.html?lang=zh`);
    await page.getByText('无法显示三维画面').waitFor({ timeout: 60_000 });
    expect(await page.evaluate('window.twin.backend.canvas')).toBeNull();
    await page.waitForFunction("window.twin.status('buildings').state !== 'loading'");
    await incidentByAddress(page, '30.66, 117.49');
    await page.locator('planner-incident .virtual li').first().waitFor();
    const total = Number(await page.locator('planner-incident .affected .large').textContent());
    expect(total).toBeGreaterThan(0);
    expect(await page.locator('city-layers .layer').count()).toBeGreaterThan(3);
    await context.close();
  });
});
