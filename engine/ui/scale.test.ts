import { describe, expect, test } from 'vitest';
import { metresPerPixel, scaleMark } from './scale.ts';
import { northOf } from './place-bar.ts';

const pose = { lon: 117.49, lat: 30.66, height: 1000, heading: 30, pitch: -90, roll: 0 };

describe('scale', () => {
  test('straight down: the picture is as tall as the view angle says', () => {
    expect(metresPerPixel(pose, 60, 500, 0)).toBeCloseTo((2 * 1000 * Math.tan(Math.PI / 6)) / 500, 9);
    expect(metresPerPixel({ ...pose, height: 1100 }, 60, 500, 100)).toBeCloseTo(metresPerPixel(pose, 60, 500, 0) ?? 0, 9);
  });

  test('a camera that looks level or up has no scale', () => {
    expect(metresPerPixel({ ...pose, pitch: 0 }, 60, 500, 0)).toBeNull();
    expect(metresPerPixel({ ...pose, pitch: 20 }, 60, 500, 0)).toBeNull();
  });

  test.each([0.013, 0.4, 1, 2.3, 47, 999])('at %s m a pixel the bar is round, fits and fills at least 40 %% of its room', (perPixel) => {
    const { metres, pixels } = scaleMark(perPixel, 110);
    expect(pixels).toBeLessThanOrEqual(110);
    expect(pixels).toBeGreaterThan(44 - 1e-9);
    expect([1, 2, 5]).toContain(Number((metres / 10 ** Math.floor(Math.log10(metres) + 1e-9)).toFixed(6)));
  });

  test('turned north, the eye stands south of the same place', () => {
    const turned = northOf({ ...pose, pitch: -40 }, { lon: 117.5, lat: 30.67 });
    expect(turned.heading).toBe(0);
    expect(turned.lon).toBe(117.5);
    const east = (117.5 - 117.49) * Math.cos((30.67 * Math.PI) / 180);
    expect(30.67 - turned.lat).toBeCloseTo(Math.hypot(east, 0.01), 9);
  });
});
