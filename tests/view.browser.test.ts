import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type BrowserHarness } from './browser.ts';
import { blink, openTwin, remount, settled, smallCity, variety } from './view-checks.ts';

describe.each(['three', 'cesium'])('a twin on %s', (backend) => {
  let city: Awaited<ReturnType<typeof smallCity>>;
  let harness: BrowserHarness;
  beforeAll(async () => {
    city = await smallCity();
    harness = await startBrowser({ mounts: { '/city/': city.folder } });
  });
  afterAll(async () => {
    await harness.close();
    city.remove();
  });

  it('shows the city, finds a building under the pointer, and comes back from a lost context', async () => {
    const open = await openTwin(harness, backend);
    const picture = await settled(open);
    expect(variety(picture)).toBeGreaterThan(8);
    const picked = await open.page.evaluate(async () => {
      const twin = window.lab.twins.get('map')!;
      const extent = twin.extent('buildings')!;
      await twin.look({ lon: 117.49 + 30 / 95_700, lat: 30.66 + 30 / 110_860, height: 400, heading: 0, pitch: -90, roll: 0 }, 0);
      await new Promise((done) => setTimeout(done, 1500));
      const hit = await twin.pick(128, 128);
      return { hit, card: hit && (await twin.describe(hit)), extent };
    });
    expect(picked.hit).toMatchObject({ layer: 'buildings', id: 'b0_0' });
    expect(picked.card?.rows.length).toBeGreaterThan(2);
    const { share, sameState } = await blink(open);
    expect(share).toBeLessThanOrEqual(0.001);
    expect(sameState).toBe(true);
    expect(await open.page.evaluate(() => window.lab.errors)).toEqual([]);
    expect(open.errors).toEqual([]);
    await open.close();
  });

  it('leaves nothing behind when it is disposed, also in mid-load', async () => {
    const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 256 });
    await open.until('window.labReady');
    const left = await remount(open, { backend, city: '/city/city.json' }, 3, true);
    for (const [kind, value] of Object.entries(left)) expect(`${kind} ${Math.max(0, value)}`).toBe(`${kind} 0`);
    await open.close();
  });
});
