import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Alarm } from '../alarm.ts';
import { alarmsOf, alarmTable } from './alarm-list.ts';
import { alarmSound } from './alarm-sound.ts';
import { FakeTwin } from './testing/fake-twin.ts';

const alarm = (id: string, more: Partial<Alarm> = {}): Alarm => ({ id, layer: 'sensor-1', title: { zh: '超标', en: 'High' }, feature: 'a1', name: '老城', lon: 117.5, lat: 30.6, height: 0, severity: 'warning', escalated: false, value: '160 µg/m³', raised: 1_800_000_000, cleared: null, acknowledged: null, asOf: 1, linkDown: false, ...more });

test('alarms come from every layer that offers some, unseen ones first', () => {
  const twin = new FakeTwin();
  twin.add({ type: 'sensor' });
  twin.add({ type: 'sensor' }, 'sensor-2');
  twin.add({ type: 'tiles' });
  twin.results.set('sensor-1', { alarms: [alarm('a', { acknowledged: { by: 'x', at: 2, note: '' } })] });
  twin.results.set('sensor-2', { alarms: [alarm('b')] });
  twin.results.set('tiles-1', { rows: [] });
  expect(alarmsOf(twin).map(({ id }) => id)).toEqual(['b', 'a']);
});

test('the audit table has every alarm in the order of time, with who did what, and no formula', () => {
  const rows = alarmTable([alarm('late', { raised: 1_800_000_100 }), alarm('early', { cleared: 1_800_000_060, acknowledged: { by: '=cmd()', at: 1_800_000_030, note: '已派人, 现场' } })], 'zh').trim().split('\r\n');
  expect(rows).toHaveLength(3);
  expect(rows[1]).toBe("early,sensor-1,a1,老城,超标,warning,0,160 µg/m³,2027-01-15T08:00:00.000Z,2027-01-15T08:01:00.000Z,2027-01-15T08:00:30.000Z,'=cmd(),\"已派人, 现场\",117.5,30.6");
  expect(rows[2]).toContain('late,');
});

describe('the sound of an alarm', () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });
  let notes = 0;
  const param = { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {}, value: 0 };
  const node = { gain: param, frequency: param, connect: (to: unknown) => to, start: () => { notes++; }, stop() {} };
  let closed = false;
  const make = (): AudioContext => ({ currentTime: 0, destination: {}, createGain: () => node, createOscillator: () => node, resume: async () => {}, close: async () => { closed = true; } }) as unknown as AudioContext;

  test('waits for a press, rings every few seconds while it is wanted, is muted for a while, and ends with its widget', () => {
    const life = new AbortController();
    const sound = alarmSound(life.signal, make);
    sound.ring(true);
    vi.advanceTimersByTime(20_000);
    expect([notes, sound.on()]).toEqual([0, false]);
    sound.press(900);
    vi.advanceTimersByTime(8100);
    expect(notes).toBe(6);
    sound.press(900);
    expect(sound.mutedUntil()).toBe(Date.now() + 900_000);
    vi.advanceTimersByTime(890_000);
    expect(notes).toBe(6);
    vi.advanceTimersByTime(15_000);
    expect(sound.mutedUntil()).toBeNull();
    expect(notes).toBeGreaterThan(6);
    sound.ring(false);
    const before = notes;
    vi.advanceTimersByTime(20_000);
    expect(notes).toBe(before);
    life.abort();
    expect([closed, sound.on()]).toEqual([true, false]);
    sound.ring(true);
    vi.advanceTimersByTime(20_000);
    expect(notes).toBe(before);
  });
});
