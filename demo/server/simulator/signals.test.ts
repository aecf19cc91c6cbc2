import { describe, expect, test } from 'vitest';
import { placer, roadNetwork, readJunctions, greenWave, type Road } from 'citymirror/analysis';
import { signalNodes, SignalPlans } from './signal-plans.ts';
import { queueAt, signalAt, SignalVoice } from './signals.ts';

const anchor = { lon: 117.49, lat: 30.66, height: 0 };
const ground = placer(anchor);
const at = (x: number, y: number): [number, number] => {
  const [lon, lat] = ground.unplace(x, y, 0, new Float64Array(3));
  return [lon, lat];
};
/** A main street eastwards with five streets across. */
const across = [0, 420, 800, 1250, 1600];
const roads: (Road & { name: string })[] = [
  { id: 'm', name: '长江路', class: 'primary', lanes: 6, coordinates: [-300, ...across, 1900].map((x) => at(x, 0)) },
  ...across.map((x, i) => ({ id: `c${i}`, name: `横${i + 1}路`, class: 'secondary', lanes: 4, coordinates: [-260, 0, 260].map((y) => at(x, y)) })),
];
const network = roadNetwork(roads, anchor);
const places = across.map((x, i) => ({ name: `长江路－横${i + 1}路路口`, lon: at(x + 4, 3)[0], lat: at(x + 4, 3)[1] }));
const file = new SignalPlans(network, 1).file(signalNodes(network, [...places, { name: 'far', lon: 117.7, lat: 30.66 }]));

describe('the signals of a made-up city', () => {
  test('stand at junctions of the roads, are read back whole, and make one corridor with a wave', () => {
    expect(readJunctions(JSON.parse(JSON.stringify(file)), 'made')).toEqual(file);
    expect(file.junctions).toHaveLength(5);
    expect(file.junctions.every(({ groups }) => groups.length === 12)).toBe(true);
    const [corridor] = file.corridors;
    expect([corridor.name, corridor.signals.map(({ position }) => position)]).toEqual(['长江路', across]);
    const of = (which: 'group' | 'back'): { offset: number; green: number; cycle: number }[] => corridor.signals.map((signal) => {
      const { plan, groups } = file.junctions.find(({ id }) => id === signal.junction)!;
      const [start, green] = groups.find(({ id }) => id === signal[which])!.green!;
      return { cycle: plan!.cycle, offset: plan!.offset + start, green };
    });
    const list = of('group');
    expect(new Set(list.map(({ cycle }) => cycle)).size).toBe(1);
    const bands = greenWave({ positions: across, speed: corridor.speed, cycle: list[0].cycle, offsets: list.map(({ offset }) => offset), greens: list.map(({ green }) => green) });
    expect(bands.forward.width + bands.reverse.width).toBeGreaterThan(0.2 * list[0].cycle);
  });

  test('no two groups whose ways cross are green together', () => {
    const [{ groups, plan }] = file.junctions;
    for (let time = 0; time < plan!.cycle; time += 0.5) {
      const green = groups.filter((group) => [5, 6].includes(signalAt(file.junctions[0], group, time).state));
      const axes = new Set(green.map(({ heading }) => Math.round(heading / 90) % 2));
      expect(axes.size).toBeLessThanOrEqual(1);
      const lefts = green.filter(({ movement }) => movement === 'left');
      if (lefts.length > 0) expect(green).toEqual(lefts);
    }
  });

  test('the seconds said are those until the state changes', () => {
    const [junction] = file.junctions;
    for (const group of junction.groups) {
      for (const time of [0, 13.5, 40, 77.25]) {
        const { state, left } = signalAt(junction, group, time);
        expect(signalAt(junction, group, time + left - 0.01).state).toBe(state);
        expect(signalAt(junction, group, time + left + 0.01).state).not.toBe(state);
      }
      expect(queueAt(junction, group, 300, 100)).toBeGreaterThanOrEqual(0);
    }
  });

  test('each group speaks when its state changes and at least every five seconds', () => {
    const voice = new SignalVoice(file.junctions);
    const last = new Map<string, number>();
    let most = 0;
    for (let time = 1000; time < 1120; time++) {
      for (const { id, t } of voice.speak(time)) {
        most = Math.max(most, t - (last.get(id) ?? t));
        last.set(id, t);
      }
    }
    expect(last.size).toBe(60);
    expect(most).toBeLessThanOrEqual(5);
  });
});
