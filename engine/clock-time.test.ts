import { describe, expect, test } from 'vitest';
import { Clock } from './clock.ts';
import { clockStates, clockTime } from './clock-time.ts';

describe('the clock', () => {
  test('runs on and back at its rate, and never past the present', () => {
    const at = (rate: number, machine: number): number => clockTime(clockStates.replay(1000, 2000, rate), machine);
    expect([0.1, 1, 16, -1, -1000].map((rate) => at(rate, 2010))).toEqual([1001, 1010, 1160, 990, -9000]);
    expect(at(1000, 2010)).toBe(2010);
    expect(at(1000, 2500)).toBe(2500);
  });

  test('keeps rates within ±0.1 … ±1000, and none that stands still', () => {
    expect([5000, -5000, 0.001, -0.001, 0, NaN, 2].map((rate) => clockStates.replay(0, 1, rate).rate)).toEqual([1000, -1000, 0.1, -0.1, 1, 1, 2]);
  });

  test('steps from what is shown, live too, and stands; a jump goes on as it was', () => {
    let machine = 5000;
    const clock = new Clock(() => machine);
    clock.set(clockStates.stepped(clock.state, machine, -60));
    expect([clock.state.mode, clock.now()]).toEqual(['paused', 4940]);
    clock.set(clockStates.stepped(clock.state, machine, 600));
    expect(clock.now()).toBe(5000);
    clock.set(clockStates.jumped(clock.state, machine, 4000));
    expect([clock.state.mode, clock.now()]).toEqual(['paused', 4000]);
    clock.set(clockStates.replay(4000, machine, -8));
    machine += 10;
    clock.set(clockStates.jumped(clock.state, machine, 3000));
    machine += 1;
    expect([clock.state.mode, clock.now()]).toEqual(['replay', 2992]);
    clock.set(clockStates.live());
    expect(clock.now()).toBe(5011);
  });
});
