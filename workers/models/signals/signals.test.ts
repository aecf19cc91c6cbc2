import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../../tests/shared.ts';
import { forwardOffsets, greenWave, searchOffsets, type Corridor } from './green-wave.ts';
import { deterministicQueue, hcmDelay, serviceLevel, webster, websterDelay } from './timing.ts';

interface Case { readonly id: string; readonly group: string; readonly [name: string]: unknown }
const cases = (file: string): Case[] => (JSON.parse(readFileSync(shared(`domain/${file}`), 'utf8')) as { cases: Case[] }).cases;
const number = (value: unknown): number => value as number;
const list = (value: unknown): number[] => value as number[];
const near = (value: number, wanted: unknown): void => expect(Math.abs(value - number(wanted))).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(number(wanted))));
const plan = (each: Case): Parameters<typeof hcmDelay>[0] => ({ cycle: number(each.C), green: number(each.g), flow: number(each.q_pcu_h ?? each.v_pcu_h), saturation: number(each.s_pcu_h) });

describeShared('signal timing: the worked cases', () => {
  test.each(cases('signal-timing-cases.json').map((each) => [each.id, each] as const))('%s', (_, each) => {
    if (each.group === 'webster') {
      const found = webster({ flows: list(each.flows_pcu_h), saturations: list(each.saturation_pcu_h), lost: number(each.lost_time_s) });
      near(found.sum, each.Y);
      if (each.C0_s === null) return expect(found).toMatchObject({ cycle: null, greens: [] });
      near(found.cycle ?? Number.NaN, each.C0_s);
      list(each.effective_green_s).forEach((green, i) => near(found.greens[i], green));
      list(each.y).forEach((ratio, i) => near(found.ratios[i], ratio));
    } else if (each.group === 'webster-delay') {
      const found = websterDelay(plan(each));
      for (const name of ['x', 'd1', 'd2', 'd3'] as const) near(found[name], each[name]);
      near(found.delay, each.d);
    } else if (each.group === 'hcm') {
      const found = hcmDelay(plan(each));
      near(found.x, each.X);
      for (const name of ['capacity', 'd1', 'd2', 'delay'] as const) near(found[name], each[name]);
      expect(found.level).toBe(each.los);
    } else {
      const found = deterministicQueue(plan(each));
      for (const [name, wanted] of [['red', each.red_s], ['atGreen', each.queue_at_end_of_red_veh], ['clears', each.clear_time_s], ['farthest', each.max_back_of_queue_veh], ['metres', each.queue_length_m_at_7m_per_veh]] as const) near(found[name], wanted);
    }
  });

  test.each(cases('green-wave-cases.json').map((each) => [each.id, each] as const))('green wave: %s', (_, each) => {
    const found = greenWave({ positions: list(each.positions_m), speed: number(each.speed_m_s), cycle: number(each.C), offsets: list(each.offsets_start_of_green_s), greens: list(each.greens_s) });
    expect(found.forward.width).toBeCloseTo(number(each.band_forward_s), 6);
    expect(found.reverse.width).toBeCloseTo(number(each.band_reverse_s), 6);
    expect(found.efficiency).toBeCloseTo(number(each.bandwidth_ratio), 6);
  });
});

describe('signal timing', () => {
  test('levels: a delay on a limit belongs to the better one, oversaturation is F', () => {
    expect([10, 10.1, 20, 35, 55, 80, 80.1].map((delay) => serviceLevel(delay, 0.9))).toEqual(['A', 'B', 'B', 'C', 'D', 'E', 'F']);
    expect(serviceLevel(5, 1.01)).toBe('F');
  });

  test('over capacity there is no finite Webster delay, and a queue that never clears', () => {
    const over = { cycle: 60, green: 20, flow: 900, saturation: 1800 };
    expect(websterDelay(over).delay).toBe(Infinity);
    expect(hcmDelay(over)).toMatchObject({ level: 'F' });
    expect(deterministicQueue({ ...over, flow: 1800 }).clears).toBe(Infinity);
  });

  test('the queue is what counting second by second gives', () => {
    const movement = { cycle: 60, green: 27, flow: 600, saturation: 1800 };
    let [queue, time] = [0, 0];
    const dt = 0.001;
    for (; time < 33; time += dt) queue += (600 / 3600) * dt;
    expect(queue).toBeCloseTo(deterministicQueue(movement).atGreen, 2);
    let green = 0;
    for (; queue > 0; green += dt) queue += ((600 - 1800) / 3600) * dt;
    expect(green).toBeCloseTo(deterministicQueue(movement).clears, 1);
  });
});

/** Slow way: departures every tenth of a second over a cycle, the longest run that is green everywhere. */
function slowBand({ positions, speed, cycle, offsets, greens }: Corridor): number {
  const steps = cycle * 10;
  const green = Array.from({ length: steps }, (_, k) => positions.every((position, i) => {
    const phase = (((k / 10 + 0.05 + (position - positions[0]) / speed - offsets[i]) % cycle) + cycle) % cycle;
    return phase < greens[i];
  }));
  if (green.every(Boolean)) return cycle;
  let [run, best] = [0, 0];
  for (let k = 0; k < 2 * steps; k++) best = Math.max(best, (run = green[k % steps] ? run + 1 : 0));
  return best / 10;
}

const corridors = (most: number): fc.Arbitrary<Corridor> => fc.record({
  cycle: fc.integer({ min: 20, max: 40 }), speed: fc.integer({ min: 8, max: 15 }),
  signals: fc.array(fc.record({ gap: fc.integer({ min: 80, max: 700 }), offset: fc.integer({ min: 0, max: 39 }), green: fc.integer({ min: 5, max: 40 }) }), { minLength: 2, maxLength: most }),
}).map(({ cycle, speed, signals }) => ({
  cycle, speed, positions: signals.map((_, i) => signals.slice(0, i).reduce((sum, { gap }) => sum + gap, 0)),
  offsets: signals.map(({ offset }) => offset % cycle), greens: signals.map(({ green }) => Math.min(green, cycle)),
}));

describe('the green wave', () => {
  test('is what trying every departure gives', () => {
    fc.assert(fc.property(corridors(6), (corridor) => {
      expect(Math.abs(greenWave(corridor).forward.width - slowBand(corridor))).toBeLessThanOrEqual(0.21);
    }), { numRuns: 300 });
  });

  test('a band seen from its start is green at every signal', () => {
    fc.assert(fc.property(corridors(8), (corridor) => {
      const { forward } = greenWave(corridor);
      if (forward.width < 0.1) return;
      for (const t of [forward.start + 0.01, forward.start + forward.width - 0.01]) {
        corridor.positions.forEach((position, i) => {
          const phase = (((t + position / corridor.speed - corridor.offsets[i]) % corridor.cycle) + corridor.cycle) % corridor.cycle;
          expect(phase).toBeLessThanOrEqual(corridor.greens[i]);
        });
      }
    }), { numRuns: 100 });
  });

  test('offsets for one direction give that direction the shortest green', () => {
    const corridor = { positions: [0, 400, 800, 1250], speed: 12.5, cycle: 80, greens: [40, 36, 44, 40] };
    const offsets = forwardOffsets(corridor);
    expect(offsets).toEqual([0, 32, 64, 20]);
    expect(greenWave({ ...corridor, offsets }).forward.width).toBe(36);
  });

  test('the search is as good as trying every pair of offsets', () => {
    fc.assert(fc.property(corridors(3), (corridor) => {
      const found = searchOffsets(corridor, { step: 2 });
      expect(found.exact).toBe(true);
      let best = 0;
      const { cycle, positions } = corridor;
      for (let a = 0; a < cycle; a += 2) for (let b = 0; b < (positions.length > 2 ? cycle : 1); b += 2) {
        const { forward, reverse } = greenWave({ ...corridor, offsets: [corridor.offsets[0], a, b].slice(0, positions.length) });
        best = Math.max(best, forward.width + reverse.width);
      }
      expect(found.forward.width + found.reverse.width).toBeCloseTo(best, 6);
    }), { numRuns: 20 });
  });

  test('ten signals are searched, eleven are refused by name', () => {
    const positions = Array.from({ length: 10 }, (_, i) => i * 310 + (i % 3) * 40);
    const corridor = { positions, speed: 12.5, cycle: 90, greens: positions.map((_, i) => 38 + (i % 4) * 3) };
    const found = searchOffsets(corridor, { step: 2 });
    expect(found.forward.width + found.reverse.width).toBeGreaterThan(0);
    expect(found.offsets).toHaveLength(10);
    expect(() => searchOffsets({ ...corridor, positions: [...positions, 9000], greens: [...corridor.greens, 40] })).toThrow(/at most 10 signals/u);
  });
});
