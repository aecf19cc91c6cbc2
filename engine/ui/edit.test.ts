import { describe, expect, test } from 'vitest';
import { clockStates } from '../clock-time.ts';
import { feedSpan } from './clock-bar.ts';
import { drag, put, restack, stacked } from './edit.ts';
import { firstCondition, withValue } from './properties.ts';
import { FakeTwin } from './testing/fake-twin.ts';

function withLayers(...ids: string[]): FakeTwin {
  const twin = new FakeTwin();
  ids.forEach((id, order) => twin.add({ type: 'tiles', order }, id));
  return twin;
}

describe('edit', () => {
  test('a drag is one step of undo, however many steps it had', () => {
    const twin = withLayers('a');
    const opacity = (): number => twin.document.layers.a.opacity;
    const moves = drag(twin, '/layers/a/opacity', opacity);
    for (const value of [0.9, 0.5, 0.3]) moves.step(value);
    expect(opacity()).toBe(0.3);
    moves.end(0.2);
    expect(opacity()).toBe(0.2);
    twin.undo();
    expect(opacity()).toBe(1);
    twin.redo();
    expect(opacity()).toBe(0.2);
  });

  test('a drag that ends where it began leaves no step', () => {
    const fresh = withLayers('a');
    const moves = drag(fresh, '/layers/a/opacity', () => fresh.document.layers.a.opacity);
    moves.step(0.4);
    moves.end(1);
    expect(fresh.document.layers.a.opacity).toBe(1);
    fresh.undo();
    expect(fresh.document.layers.a).toBeUndefined();
  });

  test('order: topmost first, moved with as few changes as it takes', () => {
    const twin = withLayers('a', 'b', 'c');
    expect(stacked(twin.document)).toEqual(['c', 'b', 'a']);
    const patch = restack(twin.document, ['b', 'c', 'a']);
    expect(patch).toHaveLength(2);
    twin.apply(patch);
    expect(stacked(twin.document)).toEqual(['b', 'c', 'a']);
    expect(restack(twin.document, ['b', 'c', 'a'])).toEqual([]);
  });

  test('put adds what is not there yet', () => {
    const twin = withLayers('a');
    put(twin, '/layers/a/rule', { by: 'property', key: 'height' });
    expect(twin.document.layers.a.rule?.key).toBe('height');
    put(twin, '/layers/a/rule', null);
    expect(twin.document.layers.a.rule).toBeNull();
  });

  test('conditions take numbers as people type them and refuse what is none', () => {
    const info = { key: 'height', title: { zh: '高度', en: 'Height' }, kind: 'number', from: 0, to: 180, rule: null } as const;
    const first = firstCondition(info);
    expect(first).toEqual({ key: 'height', is: '>=', value: 90 });
    expect(withValue(first, 'number', ' 12,5 ')?.value).toBe(12.5);
    expect(withValue(first, 'number', '')).toBeNull();
    expect(withValue(first, 'number', 'tall')).toBeNull();
  });
});

describe('clock', () => {
  test('the span of all feeds together, and the newest reading', () => {
    const twin = withLayers('a', 'b', 'c');
    const status = { state: 'live', message: null, progress: null, count: null } as const;
    const feed = { state: 'live', ids: 1, stale: 0, reconnects: 0, issues: [], ledger: { received: 0, applied: 0, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 } } as const;
    twin.statuses.set('a', { ...status, feed: { ...feed, newest: 100, history: { from: 40, to: 100 } } });
    twin.statuses.set('b', { ...status, feed: { ...feed, newest: 103, history: { from: 60, to: 103 } } });
    twin.statuses.set('c', { ...status, feed: { ...feed, newest: null, history: null } });
    expect(feedSpan(twin)).toMatchObject({ from: 40, newest: 103, feeds: 3 });
    expect(feedSpan(withLayers('a'))).toMatchObject({ from: null, newest: null, feeds: 0 });
  });

  test('pause, replay and live stand in the document and move the clock', () => {
    let machine = 1000;
    const twin = new FakeTwin(undefined, () => machine);
    const set = (clock: ReturnType<typeof clockStates.live>): void => twin.apply([{ op: 'replace', path: '/clock', value: clock }], { undo: false });
    set(clockStates.paused(990, machine));
    machine = 1010;
    expect(twin.clock.now()).toBe(990);
    set(clockStates.replay(990, machine, 2));
    machine = 1014;
    expect(twin.clock.now()).toBe(998);
    machine = 2000;
    expect(twin.clock.now()).toBe(2000);
    set(clockStates.live());
    expect(twin.clock.state.mode).toBe('live');
  });
});
