import { readdirSync } from 'node:fs';
import { startBrowser } from '../browser.ts';
import { hasShared, shared } from '../shared.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

interface Lab {
  mount(options: { backend: string }): Promise<unknown>;
  errors: string[];
  twins: Map<string, {
    add(input: { type: string; url: string }, id: string): void;
    remove(id: string): void;
    status(id: string): { state: string };
    extent(id: string): { west: number; south: number; east: number; north: number } | null;
    look(pose: unknown, seconds: number): Promise<void>;
    backend: { view: { pose: Record<string, number> }; requestFrame(): void };
  }>;
}

/** T01: every tileset of the reference validator, one after another in one twin: it is looked at, and the twin must live on. */
async function invalidTilesets(): Promise<Figure[]> {
  if (!hasShared) return [{ what: 'the shared data are missing', value: 0, unit: 'tilesets', reach: 'there', met: false }];
  const folder = shared('data/tiles3d/validator-cases');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /^(tilesets|extensions)\/.*\.json$/.test(file)).toSorted();
  const harness = await startBrowser({ mounts: { '/cases/': folder } });
  const figures: Figure[] = [];
  try {
    for (const backend of ['three', 'cesium']) {
      const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 144 });
      await open.until('window.labReady');
      await open.page.evaluate((backend) => (window as unknown as { lab: Lab }).lab.mount({ backend }), backend);
      const verdicts: { file: string; state: string; dead: boolean }[] = [];
      for (const file of files) {
        const verdict = await open.page.evaluate(async (url) => {
          const twin = (window as unknown as { lab: Lab }).lab.twins.get('map')!;
          twin.add({ type: 'tiles', url }, 'case');
          for (let i = 0; i < 40 && twin.status('case').state === 'loading'; i++) await new Promise((resolve) => { setTimeout(resolve, 50); });
          const { state } = twin.status('case');
          const box = twin.extent('case');
          if (box && Object.values(box).every(Number.isFinite)) await twin.look({ lon: (box.west + box.east) / 2, lat: (box.south + box.north) / 2, height: 800, heading: 0, pitch: -80, roll: 0 }, 0);
          for (let i = 0; i < 3; i++) {
            twin.backend.requestFrame();
            await new Promise((resolve) => { setTimeout(resolve, 60); });
          }
          const healthy = Object.values(twin.backend.view.pose).every(Number.isFinite);
          twin.remove('case');
          return { state, dead: !healthy };
        }, `${harness.origin}/cases/${file}`);
        verdicts.push({ file, ...verdict });
      }
      const before = await open.screenshot();
      const moved = await open.page.evaluate(async () => {
        const twin = (window as unknown as { lab: Lab }).lab.twins.get('map')!;
        await twin.look({ lon: 117.49, lat: 30.66, height: 2000, heading: 40, pitch: -20, roll: 0 }, 0);
        await new Promise((resolve) => { setTimeout(resolve, 1500); });
        return twin.backend.view.pose.height;
      });
      const after = await open.screenshot();
      const drawn = before.data.some((byte, i) => byte !== after.data[i]) && Math.abs(moved - 2000) < 1;
      const dead = verdicts.filter((each) => each.dead).map((each) => each.file);
      const uncaught = open.errors.filter((error) => error.startsWith('uncaught') || error.includes('crashed'));
      figures.push(
        { what: `${backend}: tilesets survived${dead.length > 0 ? ` (not: ${dead.join(', ')})` : ''}`, value: verdicts.length - dead.length, unit: `of ${files.length}`, reach: `${files.length}`, met: dead.length === 0 },
        { what: `${backend}: refused or failed with a message`, value: verdicts.filter((each) => each.state === 'failed').length, unit: `of ${files.length}`, reach: null, met: true },
        { what: `${backend}: uncaught errors${uncaught.length > 0 ? ` (${uncaught[0].slice(0, 160)})` : ''}`, value: uncaught.length, unit: '', reach: '0', met: uncaught.length === 0 },
        { what: `${backend}: the twin still draws afterwards`, value: drawn ? 'yes' : 'no', unit: '', reach: 'yes', met: drawn },
      );
      await open.close();
    }
    return figures;
  } finally {
    await harness.close();
  }
}

export const rows: Record<string, () => Promise<Figure[]>> = { T01: invalidTilesets };
