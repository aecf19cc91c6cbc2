import { startBrowser, type BrowserHarness } from '../browser.ts';
import { blink, difference, openTwin, remount, settled, smallCity, variety } from '../view-checks.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

const BACKENDS = ['three', 'cesium'] as const;

async function withCity(run: (harness: BrowserHarness) => Promise<Figure[]>): Promise<Figure[]> {
  const city = await smallCity();
  const harness = await startBrowser({ mounts: { '/city/': city.folder } });
  try {
    return await run(harness);
  } finally {
    await harness.close();
    city.remove();
  }
}

async function contextLoss(): Promise<Figure[]> {
  return withCity(async (harness) => {
    const figures: Figure[] = [];
    for (const backend of BACKENDS) {
      const open = await openTwin(harness, backend);
      const blinks = [];
      for (let i = 0; i < 5; i++) blinks.push(await blink(open));
      const slowest = Math.max(...blinks.map((each) => each.seconds));
      const worst = Math.max(...blinks.map((each) => each.share));
      figures.push({ what: `${backend}: five losses, slowest return`, value: slowest.toFixed(2), unit: 's', reach: '≤ 5 s', met: slowest <= 5 });
      figures.push({ what: `${backend}: pixels that differ, worst`, value: (worst * 100).toFixed(3), unit: '%', reach: '≤ 0.1 %', met: worst <= 0.001 });
      figures.push({ what: `${backend}: document and columns the same`, value: blinks.filter((each) => each.sameState).length, unit: 'of 5', reach: '5', met: blinks.every((each) => each.sameState) });
      await open.close();
    }
    return figures;
  });
}

/** Ends the browser's graphics process as a crashing driver does. */
async function killGraphics(harness: BrowserHarness): Promise<void> {
  const session = await harness.browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo') as { processInfo: { type: string; id: number }[] };
  const graphics = processInfo.find(({ type }) => /gpu/iu.test(type));
  if (!graphics) throw new Error('The browser has no graphics process of its own.');
  process.kill(graphics.id, 'SIGKILL');
  await session.detach();
}

/** G02: once a browser, twice in all; a browser itself keeps pages from WebGL for two minutes after a second crash. */
async function graphicsKilled(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const backend of BACKENDS) {
    const blinks: Awaited<ReturnType<typeof blink>>[] = [];
    for (let i = 0; i < 2; i++) {
      await withCity(async (harness) => {
        const open = await openTwin(harness, backend);
        blinks.push(await blink(open, () => killGraphics(harness)));
        await open.close();
        return [];
      });
    }
    const [slowest, worst] = [Math.max(...blinks.map((each) => each.seconds)), Math.max(...blinks.map((each) => each.share))];
    figures.push(
      { what: `${backend}: graphics process killed in two browsers, slowest return`, value: slowest.toFixed(2), unit: 's', reach: '≤ 5 s', met: slowest <= 5 },
      { what: `${backend}: pixels that differ, worst`, value: (worst * 100).toFixed(3), unit: '%', reach: '≤ 0.1 %', met: worst <= 0.001 },
      { what: `${backend}: document and columns the same`, value: blinks.filter((each) => each.sameState).length, unit: 'of 2', reach: '2', met: blinks.every((each) => each.sameState) },
    );
  }
  return figures;
}

async function mounts(): Promise<Figure[]> {
  return withCity(async (harness) => {
    const figures: Figure[] = [];
    for (const backend of BACKENDS) {
      const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 256 });
      await open.until('window.labReady');
      const left = await remount(open, { backend, city: '/city/city.json' }, 20, true);
      for (const [kind, value] of Object.entries(left)) figures.push({ what: `${backend}: ${kind} left after 20 mounts, every second one mid-load`, value, unit: '', reach: '0', met: value <= 0 });
      await open.close();
    }
    return figures;
  });
}

async function twoTwins(): Promise<Figure[]> {
  return withCity(async (harness) => {
    const figures: Figure[] = [];
    for (const backend of BACKENDS) {
      const open = await openTwin(harness, backend, { width: 512, height: 256 });
      await open.page.evaluate(async (backend) => {
        document.body.classList.add('two');
        await window.lab.mount({ backend, city: '/city/city.json' }, 'second');
      }, backend);
      const both = await settled(open, 60);
      await open.page.evaluate(() => window.lab.unmount('second'));
      const one = await settled(open, 60);
      const half = (picture: typeof both): typeof both => {
        const data = new Uint8Array(256 * 256 * 4);
        for (let y = 0; y < 256; y++) data.set(picture.data.subarray(y * 512 * 4, y * 512 * 4 + 1024), y * 1024);
        return { ...picture, width: 256, height: 256, data };
      };
      const share = difference(half(both), half(one));
      figures.push({ what: `${backend}: pixels of the first twin that changed when the second was disposed`, value: (share * 100).toFixed(3), unit: '%', reach: '≤ 0.1 %', met: share <= 0.001 });
      const alive = await open.page.evaluate(async () => { const twin = window.lab.twins.get('map')!; await twin.look({ ...twin.document.camera, height: twin.document.camera.height + 300 }, 0); return twin.backend.view.pose.height; });
      figures.push({ what: `${backend}: the first twin still moves`, value: alive, unit: 'm', reach: null, met: alive > 0 });
      await open.close();
    }
    return figures;
  });
}

/** React's StrictMode mounts, unmounts and mounts again in one task. */
async function strictMode(): Promise<Figure[]> {
  return withCity(async (harness) => {
    const figures: Figure[] = [];
    for (const backend of BACKENDS) {
      const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 256 });
      await open.until('window.labReady');
      const contexts = await open.page.evaluate(async (backend) => {
        const first = window.lab.mount({ backend, city: '/city/city.json' }).then((twin) => twin.dispose());
        const second = window.lab.mount({ backend, city: '/city/city.json' });
        await Promise.all([first, second]);
        return window.lab.held().contexts;
      }, backend);
      const picture = await settled(open);
      figures.push({ what: `${backend}: contexts after a double mount`, value: contexts, unit: '', reach: '1', met: contexts === 1 });
      figures.push({ what: `${backend}: colours in the picture`, value: variety(picture), unit: '', reach: '> 8', met: variety(picture) > 8 });
      figures.push({ what: `${backend}: errors`, value: open.errors.join(' | ') || 'none', unit: '', reach: 'none', met: open.errors.length === 0 });
      await open.close();
    }
    return figures;
  });
}

async function emptyContainer(): Promise<Figure[]> {
  return withCity(async (harness) => {
    const figures: Figure[] = [];
    for (const backend of BACKENDS) {
      const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 256 });
      await open.until('window.labReady');
      await open.page.evaluate(async (backend) => {
        document.getElementById('map')!.classList.add('zero');
        await window.lab.mount({ backend, city: '/city/city.json' });
        await new Promise((done) => setTimeout(done, 1000));
        document.getElementById('map')!.classList.remove('zero');
      }, backend);
      const picture = await settled(open);
      figures.push({ what: `${backend}: errors in a 0 × 0 container`, value: open.errors.join(' | ') || 'none', unit: '', reach: 'none', met: open.errors.length === 0 });
      figures.push({ what: `${backend}: colours once it has a size`, value: variety(picture), unit: '', reach: '> 8', met: variety(picture) > 8 });
      await open.close();
    }
    return figures;
  });
}

export const rows: Record<string, () => Promise<Figure[]>> = { G01: contextLoss, G02: graphicsKilled, MOUNTS: mounts, TWINS: twoTwins, STRICT: strictMode, EMPTY: emptyContainer };
