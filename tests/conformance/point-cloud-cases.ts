import { clipMatrix, project } from '#geo';
import type { Backend } from '../../engine/backend.ts';
import { PLAIN_POINTS, type PointLook } from '../../engine/drawing/point-look.ts';
import { above, HERE, type Finding, type Rgb } from './case.ts';
import type { Reader } from './ground-cases.ts';

/** Squares of points, 40 m wide and 10 m high over the ground: middle in metres east and north of here, class, colour. */
export const PATCHES = [
  { east: -60, north: 0, class: 2, rgb: [230, 30, 30] },
  { east: 60, north: 0, class: 6, rgb: [30, 60, 230] },
] as const;
export const PATCH_HEIGHT = 10;

const CLASS_COLOURS: Readonly<Record<number, Rgb>> = { 2: [240, 200, 20], 6: [20, 220, 220] };

function looking(more: Partial<PointLook>, hidden: number | null = null): PointLook {
  const classes = new Uint8Array(1024).fill(255);
  for (const [number, colour] of Object.entries(CLASS_COLOURS)) classes.set(colour, Number(number) * 4);
  if (hidden !== null) classes[hidden * 4 + 3] = 0;
  return { ...PLAIN_POINTS, classes, spacing: 1, ...more };
}

/** Points of a cloud in their own colours, by class, by height; hidden by class, and met by a pick. */
export async function pointCloudFindings(backend: Backend, reader: Reader, url: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { size } = reader;
  const pixel = (east: number): [number, number] => {
    const { pose, frustum } = backend.view;
    const [x, y] = project(clipMatrix(HERE, pose, frustum, size, size), size, size, east, 0, PATCH_HEIGHT, new Float64Array(3));
    return [Math.floor(x), Math.floor(y)];
  };
  const say = (probe: string, ok: boolean, got: Rgb = [0, 0, 0], wanted: Rgb | null = null): void => void findings.push({ case: 'point cloud', probe, got, wanted, ok });
  await backend.look(above(HERE));
  const empty = await reader.picture();
  const tiles = await backend.tiles({ url, features: 0, look: 'points', order: 100, onIssue: (error) => say(error.message, false) });
  const seen = async (look: PointLook): Promise<readonly [Rgb, Rgb]> => {
    tiles.points(look);
    await reader.settle(() => tiles.progress.complete);
    const read = await reader.picture();
    return [read(...pixel(-60)), read(...pixel(60))];
  };
  const most = ([r, g, b]: Rgb): number => [r, g, b].indexOf(Math.max(r, g, b));

  const [red, blue] = await seen(looking({}));
  say('own colour: red', most(red) === 0 && red[0] - red[1] > 90, red, PATCHES[0].rgb);
  say('own colour: blue', most(blue) === 2 && blue[2] - blue[0] > 90, blue, PATCHES[1].rgb);
  const [ground, building] = await seen(looking({ colour: 'class' }));
  say('by class: yellow', ground[0] > 140 && ground[1] > 110 && ground[2] < 90, ground, CLASS_COLOURS[2]);
  say('by class: cyan', building[0] < 90 && building[1] > 120 && building[2] > 120, building, CLASS_COLOURS[6]);
  const ramp = new Uint8Array(1024);
  for (let step = 0; step < 256; step++) ramp.set(step < 128 ? [255, 0, 0, 255] : [0, 255, 0, 255], step * 4);
  const [high] = await seen(looking({ colour: 'height', ramp, range: [0, PATCH_HEIGHT * 1.5] }));
  say('by height: above the middle', most(high) === 1, high, [0, 255, 0]);
  const [low] = await seen(looking({ colour: 'height', ramp, range: [0, PATCH_HEIGHT * 3] }));
  say('by height: below the middle', most(low) === 0, low, [255, 0, 0]);
  const [gone, stays] = await seen(looking({}, 2));
  const bare = empty(...pixel(-60));
  say('a hidden class is not there', Math.max(...gone.map((value, k) => Math.abs(value - bare[k]))) <= 6, gone, bare);
  say('the other is', most(stays) === 2, stays, PATCHES[1].rgb);
  const [x, y] = pixel(60);
  const hit = await backend.surfaceAt(x + 0.5, y + 0.5);
  say('a pick meets a point', hit?.feature?.tiles === tiles && Math.abs(hit.height - PATCH_HEIGHT) < 0.5);
  tiles.dispose();
  return findings;
}
