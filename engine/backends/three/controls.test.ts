import { beforeEach, describe, expect, test } from 'vitest';
import { clipMatrix, fromEcef, project, type Frustum, type Pose } from '#geo';
import { Controls } from './controls.ts';
import { onEllipsoid, rayAt } from './ray.ts';

const SIZE = { width: 800, height: 450 };
const START: Pose = { lon: 117.49, lat: 30.65, height: 500, heading: 20, pitch: -35, roll: 0 };

function makeView(): { pose: Pose; frustum: Frustum; width: number; height: number } {
  return { pose: { ...START }, frustum: { fov: 45, offset: [0, 0] }, ...SIZE };
}

describe('controls', () => {
  let view: ReturnType<typeof makeView>;
  let canvas: EventTarget;
  let ended: AbortController;
  let through = false;
  let moves: boolean[];

  const under = (x: number, y: number): readonly [number, number, number] | null => {
    const hit = onEllipsoid(rayAt(view, x, y));
    if (!hit) return null;
    const [lon, lat] = fromEcef(hit[0], hit[1], hit[2], new Float64Array(3));
    return [lon, lat, 0];
  };
  const pixelOf = ([lon, lat, height]: readonly [number, number, number]): number[] => {
    const out = project(clipMatrix({ lon, lat, height }, view.pose, view.frustum, SIZE.width, SIZE.height), SIZE.width, SIZE.height, 0, 0, 0, new Float64Array(3));
    return [out[0], out[1]];
  };
  const send = (type: string, more: object): void => {
    canvas.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), { pointerId: 1, button: 0, ctrlKey: false, deltaMode: 0 }, more));
  };

  beforeEach(() => {
    view = makeView();
    ended = new AbortController();
    moves = [];
    through = false;
    canvas = Object.assign(new EventTarget(), { style: {}, hasAttribute: () => true, getBoundingClientRect: () => ({ left: 0, top: 0 }), setPointerCapture: () => {} });
    new Controls({ canvas: canvas as unknown as HTMLCanvasElement, view, under, groundHeight: () => 0, through: () => through, moved: (resting) => moves.push(resting), signal: ended.signal }).listen();
  });

  test('the ground that was grabbed stays under the pointer', () => {
    const grabbed = under(300, 300)!;
    send('pointerdown', { clientX: 300, clientY: 300 });
    for (let i = 1; i <= 10; i++) send('pointermove', { clientX: 300 + i * 12, clientY: 300 - i * 3 });
    const [x, y] = pixelOf(grabbed);
    expect(Math.hypot(x - 420, y - 270)).toBeLessThan(1);
    expect(view.pose.height).toBeCloseTo(START.height, 0);
    send('pointerup', { clientX: 420, clientY: 270 });
    expect(moves.at(-1)).toBe(true);
  });

  test('turning keeps what is turned about where it was on the screen', () => {
    const pivot = under(400, 225)!;
    send('pointerdown', { clientX: 400, clientY: 225, button: 2 });
    send('pointermove', { clientX: 460, clientY: 245 });
    const [x, y] = pixelOf(pivot);
    expect(Math.hypot(x - 400, y - 225)).toBeLessThan(0.5);
    expect(view.pose.heading).toBeCloseTo(START.heading + 18, 6);
    expect(view.pose.pitch).toBeLessThan(START.pitch);
    send('pointerup', {});
  });

  test('the wheel goes towards what is under the pointer', () => {
    const target = under(600, 330)!;
    send('wheel', { clientX: 600, clientY: 330, deltaY: -300 });
    const [x, y] = pixelOf(target);
    expect(Math.hypot(x - 600, y - 330)).toBeLessThan(0.5);
    expect(view.pose.height).toBeLessThan(START.height * 0.7);
    ended.abort();
  });

  test('never below the ground, and nothing moves once it has ended', () => {
    for (let i = 0; i < 60; i++) send('wheel', { clientX: 400, clientY: 225, deltaY: -400 });
    expect(view.pose.height).toBeGreaterThan(1);
    ended.abort();
    const pose = { ...view.pose };
    send('wheel', { clientX: 400, clientY: 225, deltaY: 400 });
    expect(view.pose).toEqual(pose);
  });

  test('the wheel goes through see-through ground, and not through solid ground', () => {
    const wheel = (times: number): void => { for (let i = 0; i < times; i++) send('wheel', { clientX: 400, clientY: 300, deltaY: -100 }); };
    wheel(200);
    expect(view.pose.height).toBeGreaterThan(1);
    through = true;
    wheel(20);
    expect(view.pose.height).toBeLessThan(-5);
    const below = view.pose.height;
    for (let i = 0; i < 20; i++) send('wheel', { clientX: 400, clientY: 300, deltaY: 100 });
    expect(view.pose.height).toBeGreaterThan(below + 5);
  });
});
