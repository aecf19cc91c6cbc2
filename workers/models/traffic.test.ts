import { describe, expect, it } from 'vitest';
import { speedRatioClasses, trafficLevel } from './traffic.ts';

describe('traffic levels', () => {
  it.each([
    [60, 60, 1],
    [60, 78, 1],
    [60, 78.1, 2],
    [50, 90, 3],
    [50, 100, 4],
    [20, 60, 5],
    [0, 60, 5],
  ])('%d km/h where %d are free flow is level %d', (speed, free, level) => expect(trafficLevel(speed, free)).toBe(level));

  it('has no level without a speed', () => {
    expect(trafficLevel(NaN, 60)).toBeNull();
    expect(trafficLevel(40, 0)).toBeNull();
  });

  it('gives the same answer as classes of the speed ratio', () => {
    const { limits, colours, labels } = speedRatioClasses();
    expect(limits).toEqual([...limits].toSorted((a, b) => a - b));
    for (let ratio = 0.01; ratio < 1.3; ratio += 0.0137) {
      const place = limits.findIndex((limit) => ratio < limit);
      const at = place < 0 ? limits.length : place;
      expect(trafficLevel(ratio * 50, 50)).toBe(5 - at);
      expect(colours[at]).toMatch(/^#/);
    }
    expect(labels?.at(-1)?.zh).toBe('畅通');
  });
});
