import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Recent } from './recent.ts';

const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.of(1, 2, 3);

describe('JSON asked for again', () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });

  test('is fetched once while it is on its way and shortly after, and each gets a copy', async () => {
    const recent = new Recent();
    const fetch = vi.fn(() => Promise.resolve(bytes()));
    const [a, b] = await Promise.all([recent.get('x', undefined, fetch), recent.get('x', undefined, fetch)]);
    a[0] = 9;
    expect([...b, ...await recent.get('x', undefined, fetch)]).toEqual([1, 2, 3, 1, 2, 3]);
    expect(fetch).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3100);
    await recent.get('x', undefined, fetch);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('is fetched anew after a failure', async () => {
    const recent = new Recent();
    const fetch = vi.fn().mockRejectedValueOnce(new Error('503')).mockResolvedValue(bytes());
    await expect(recent.get('x', undefined, fetch)).rejects.toThrow('503');
    expect([...await recent.get('x', undefined, fetch)]).toEqual([1, 2, 3]);
  });

  test('goes on while one still waits, and ends with the last', async () => {
    const recent = new Recent();
    const signals: AbortSignal[] = [];
    const fetch = (signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => { signals.push(signal); return new Promise(() => undefined); };
    const [one, two] = [new AbortController(), new AbortController()];
    const first = recent.get('x', one.signal, fetch);
    const second = recent.get('x', two.signal, fetch);
    one.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(signals[0].aborted).toBe(false);
    two.abort(new Error('gone too'));
    await expect(second).rejects.toThrow('gone too');
    expect(signals).toHaveLength(1);
    expect(signals[0].aborted).toBe(true);
  });

  test('an aborted asker gets nothing and starts nothing for others to lose', async () => {
    const recent = new Recent();
    const over = AbortSignal.abort(new Error('over'));
    await expect(recent.get('x', over, () => Promise.resolve(bytes()))).rejects.toThrow('over');
  });
});
