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

describe('one document, two engines', () => {
  it('gives the same digest after the same patches', async () => {
    const city = await smallCity();
    const harness = await startBrowser({ mounts: { '/city/': city.folder } });
    try {
      const open = await harness.open('/tests/pages/twin.html', { width: 512, height: 256 });
      await open.until('window.labReady');
      const digests = await open.page.evaluate(async () => {
        document.body.classList.add('two');
        const twins = [await window.lab.mount({ backend: 'three', city: '/city/city.json' }), await window.lab.mount({ backend: 'cesium', city: '/city/city.json' }, 'second')];
        const rest = (): Promise<void> => new Promise((done) => setTimeout(done, 1500));
        const seen: string[][] = [];
        const step = async (change: (twin: (typeof twins)[number]) => unknown): Promise<void> => {
          for (const twin of twins) await change(twin);
          await rest();
          seen.push(await Promise.all(twins.map((twin) => twin.digest(1_700_000_000))));
        };
        await step(() => {});
        await step((twin) => twin.apply([{ op: 'replace', path: '/camera', value: { lon: 117.489, lat: 30.655, height: 620.5, heading: 33, pitch: -41, roll: 0 } }]));
        await step((twin) => twin.apply([{ op: 'add', path: '/layers/buildings/rule', value: { by: 'property', key: 'height', ramp: { from: 0, to: 80, scheme: 'viridis' } } }, { op: 'replace', path: '/light', value: 'dusk' }]));
        await step((twin) => twin.apply([{ op: 'add', path: '/layers/emergency/options', value: { incidents: [{ id: 'f1', kind: 'fire', lon: 117.49, lat: 30.66, radius: 120, at: 1_700_000_000 }] } }]));
        await step((twin) => twin.undo());
        return seen;
      });
      for (const [three, cesium] of digests) expect(cesium).toBe(three);
      expect(new Set(digests.map(([three]) => three)).size).toBe(4);
      expect(digests[4][0]).toBe(digests[2][0]);
      expect(open.errors).toEqual([]);
    } finally {
      await harness.close();
      city.remove();
    }
  });
});
