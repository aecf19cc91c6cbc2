import { clipMatrix, project, type Pose } from '#geo';
import type { Backend } from '../../engine/backend.ts';
import { ORDER } from '../../engine/drawing/batch.ts';
import { heightAt, loadHeightGrid } from '../../workers/feeds/surface.ts';
import { above, HERE, type Finding, type Rgb } from './case.ts';
import type { Reader } from './ground-cases.ts';
import { BLUE, GREEN, polygons, RED, rgb, sheets, square } from './shapes.ts';

const differ = (a: Rgb, b: Rgb): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
const over = (top: Rgb, below: Rgb, alpha: number): Rgb => top.map((value, i) => Math.round(value * alpha + below[i] * (1 - alpha))) as unknown as Rgb;

/** Metres east, north, up of HERE → pixel. */
function pixel({ view: { pose, frustum } }: Backend, size: number, place: readonly [number, number, number]): [number, number] {
  const [x, y] = project(clipMatrix(HERE, pose, frustum, size, size), size, size, ...place, new Float64Array(3));
  return [Math.floor(x), Math.floor(y)];
}

const DEEP = [-60, 0, -10] as const;
const STANDING = [60, 0, 10] as const;
const DRAPED = [0, 70, 0] as const;
const BARE = [0, -70, 0] as const;
/** Below what is deep, looking up. */
const BELOW: Pose = { ...above(HERE), height: -90, pitch: 90 };

/** Ground without terrain: solid it hides what lies below it, see-through it is laid over that, at 0 it is gone; what stands or lies on it stays as it is. */
export async function undergroundFindings(backend: Backend, reader: Reader): Promise<Finding[]> {
  const findings: Finding[] = [];
  const say = (probe: string, got: Rgb, wanted: Rgb, tolerance = 5): void => { findings.push({ case: 'underground', probe, got, wanted, ok: differ(got, wanted) <= tolerance }); };
  const seen = async (): Promise<(place: readonly [number, number, number]) => Rgb> => {
    await reader.settle(() => true);
    const read = await reader.picture();
    return (place) => read(...pixel(backend, reader.size, place));
  };
  await backend.look(above(HERE));
  const empty = await seen();
  const drawn = [
    sheets(HERE, [{ at: DEEP, half: 30, colour: RED }, { at: STANDING, half: 30, colour: BLUE }]),
    polygons(HERE, [[square(DRAPED[0], DRAPED[1], DRAPED[2], 25)]], [GREEN], { order: ORDER.groundDrape }),
  ].map((batch) => backend.draw(batch));
  const solid = await seen();
  say('hidden below solid ground', solid(DEEP), empty(DEEP));
  backend.groundOpacity = 0.4;
  const glass = await seen();
  say('seen through the ground', glass(DEEP), over(empty(DEEP), rgb(RED), 0.4));
  say('on the ground', glass(STANDING), rgb(BLUE));
  say('lying on the ground', glass(DRAPED), rgb(GREEN));
  say('dark below the ground', glass(BARE), over(empty(BARE), [22, 23, 26], 0.4), 16);
  await backend.look(BELOW);
  const under = await seen();
  say('from below', under(DEEP), rgb(RED));
  const overhead = under(BARE);
  findings.push({ case: 'underground', probe: 'overhead lies the ground, see-through', got: overhead, wanted: null, ok: Math.max(...overhead) > 40 && Math.max(...overhead) < 235 });
  await backend.look(above(HERE));
  backend.groundOpacity = 0;
  const gone = await seen();
  say('without ground', gone(DEEP), rgb(RED));
  backend.groundOpacity = 1;
  for (const each of drawn) each.dispose();
  const back = await seen();
  say('solid as before', back(BARE), empty(BARE));
  return findings;
}

/** Eyes over the hills: metres above the ellipsoid, and how far off (metres) what is drawn may be from what is computed. Near is what is promised; from afar, where coarser levels are drawn, it is a pixel. `reach`: share of the picture that has terrain. */
const EYES = [{ height: 180, most: 0.1, reach: 1 }, { height: 3000, most: 0.1, reach: 0.7 }, { height: 14_000, most: 45, reach: 0.12 }] as const;

export interface Standing {
  readonly height: number;
  readonly most: number;
  readonly worst: number;
  readonly places: number;
}

/** Waits until the ground under some pixels is terrain and has stayed as it is for two dozen frames: coarse levels come first. */
async function still(backend: Backend, reader: Reader): Promise<void> {
  const end = performance.now() + 60_000;
  let before = '';
  for (let calm = 0; calm < 4;) {
    if (performance.now() > end) throw new Error('The terrain had not settled after 60 s');
    await reader.settle(() => true);
    const heights = await Promise.all([0.2, 0.5, 0.8].map(async (share) => (await backend.surfaceAt(share * reader.size, share * reader.size))?.height ?? 0));
    const now = heights.map((height) => height.toFixed(4)).join();
    calm = now === before && heights.every((height) => Math.abs(height) > 0.01) ? calm + 1 : 0;
    before = now;
  }
}

/** The drawn ground under a grid of pixels, met by a ray from the eye, against the height model that everything is put on. */
export async function standing(backend: Backend, reader: Reader, folder: string, middle: readonly [number, number]): Promise<Standing[]> {
  const grid = await loadHeightGrid(`${folder}dem.json`, async (url) => (await fetch(url)).arrayBuffer());
  const raised = await backend.terrain({ url: `${folder}terrain/layer.json`, bounds: [grid.west, grid.south, grid.east, grid.north] });
  const found: Standing[] = [];
  for (const { height, most, reach } of EYES) {
    await backend.look({ lon: middle[0], lat: middle[1], height, heading: 20, pitch: height < 1000 ? -70 : -90, roll: 0 });
    await still(backend, reader);
    let [worst, places] = [0, 0];
    const at = (i: number): number => reader.size * (0.5 + reach * ((i + 0.5) / 7 - 0.5));
    for (let column = 0; column < 7; column++)
      for (let row = 0; row < 7; row++) {
        const hit = await backend.surfaceAt(at(column), at(row));
        const computed = hit ? heightAt(grid, hit.lon, hit.lat) : NaN;
        if (!hit || Number.isNaN(computed)) continue;
        worst = Math.max(worst, Math.abs(hit.height - computed));
        places++;
      }
    found.push({ height, most, worst, places });
  }
  raised.dispose();
  return found;
}
