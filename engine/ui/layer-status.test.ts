import { describe, expect, test } from 'vitest';
import type { LayerStatus } from '../layer.ts';
import { UI_EN } from './dictionary-en.ts';
import { UI_ZH } from './dictionary-zh.ts';
import { isShown, statusLine, statusOf } from './layer-status.ts';
import { Words } from './words.ts';

const en = new Words({ zh: UI_ZH, en: UI_EN }, 'en');
const plain: LayerStatus = { state: 'ready', message: null, progress: null, count: null, feed: null };
const ledger = { received: 9, applied: 6, coalesced: 0, duplicate: 0, late: 0, rejected: 3, dropped: 0 };
const feed = { state: 'live', newest: 95, ids: 5000, stale: 0, ledger, reconnects: 1, issues: [], history: null } as const;

describe('status line', () => {
  test.each<[string, LayerStatus, boolean, string]>([
    ['ready', plain, true, 'Ready'],
    ['hidden', { ...plain, count: 12 }, false, 'Hidden, 12 objects'],
    ['loading', { ...plain, state: 'loading', progress: 0.429 }, true, 'Loading, 42 %'],
    ['live with what went wrong', { ...plain, state: 'live', count: 5000, feed }, true, 'Live, 5,000 objects, 5 s ago, 1 reconnection, 3 messages not understood'],
    ['a feed with words of its own', { ...plain, state: 'live', count: 5000, feed, message: { zh: '实时', en: 'live, newest 5 s ago; 5,000 vehicles' } }, true, 'live, newest 5 s ago; 5,000 vehicles'],
    ['a feed that had to go another way', { ...plain, state: 'live', count: 5000, feed: { ...feed, way: { transport: 'sse', why: 'MQTT could not be had.' } }, message: { zh: '实时', en: 'live' } }, true, 'live, by event stream, as the direct way is shut'],
    ['a feed on its first way', { ...plain, state: 'live', count: 5000, feed: { ...feed, way: { transport: 'mqtt', why: null } }, message: { zh: '实时', en: 'live' } }, true, 'live'],
    ['a count that the message has', { ...plain, count: 85, message: { zh: '85', en: '1 incident, 85 buildings affected' } }, true, '1 incident, 85 buildings affected'],
    ['nothing to count', { ...plain, count: 0, message: { zh: '无', en: 'no incidents' } }, true, 'no incidents'],
    ['failed says only why', { ...plain, state: 'failed', count: 3, message: { zh: '找不到', en: 'Not found. Check the address.' } }, true, 'Not found. Check the address.'],
    ['a message of a ready layer', { ...plain, message: { zh: '无道路', en: 'no roads in the data' } }, true, 'no roads in the data'],
  ])('%s', (_name, status, visible, line) => {
    expect(statusLine(status, en, 100, visible)).toBe(line);
  });

  test('a layer that stands in the document only says so instead of breaking the list', () => {
    const twin = { status: (): LayerStatus => { throw new Error('no such layer'); } };
    expect(statusOf(twin, 'x').state).toBe('failed');
    expect(isShown(twin, 'x')).toBe(false);
    expect(isShown({ status: () => plain }, 'x')).toBe(true);
  });
});
