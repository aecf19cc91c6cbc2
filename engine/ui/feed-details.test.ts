import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { FeedStatus } from '../ports.ts';
import { UI_EN } from './dictionary-en.ts';
import { UI_ZH } from './dictionary-zh.ts';
import { feedFacts, reasonText } from './feed-details.ts';
import { Words } from './words.ts';

const words = { zh: new Words({ zh: UI_ZH, en: UI_EN }, 'zh'), en: new Words({ zh: UI_ZH, en: UI_EN }, 'en') };
const status: FeedStatus = {
  state: 'live', newest: 1000, ids: 3, stale: 0, reconnects: 2, issues: [], history: { from: 400, to: 1000 },
  ledger: { received: 1234, applied: 1200, coalesced: 0, duplicate: 30, late: 0, rejected: 4, dropped: 0 },
  sequence: { sources: 1, gaps: 1, missing: 3, filled: 1, restarts: 0, latest: [{ source: 'g', from: 7, to: 10, at: 900 }] },
  skew: { seconds: 3600, corrected: 2 },
};

test('the account says what came and what became of it, in both languages', () => {
  expect(feedFacts(status, words.en).map(([name, value]) => `${name}: ${value}`).filter((line) => !line.startsWith('Last gap'))).toEqual([
    'Received: 1,234', 'Applied: 1,200', 'Repeated: 30', 'Refused: 4', 'Reconnections: 2', 'Numbers: 1 gap: 3 missing, 1 came late', "Sources' clock: 1 h 0 min fast, set right by receipt", 'Clocks set right: 2', 'History held: 10 min',
  ]);
  expect(feedFacts({ ...status, sequence: null, skew: { seconds: -45, corrected: 0 } }, words.zh)).toContainEqual(['源时钟', '慢 45 秒，或数据延迟到达']);
});

test('every reason for which the worker refuses has its words', () => {
  const folder = new URL('../../workers/feeds/', import.meta.url);
  const sources = ['', 'decoders/'].flatMap((at) => readdirSync(new URL(at, folder)).filter((name) => /^[a-z-]+\.ts$/u.test(name)).map((name) => readFileSync(new URL(at + name, folder), 'utf8')));
  const codes = new Set(sources.flatMap((text) => [...text.matchAll(/(?:reject\(|return \{ code: |refuse\(\{ code: )'([a-z0-9-]+)'/gu)].map(([, code]) => code)));
  expect(codes.size).toBeGreaterThan(20);
  for (const code of codes) for (const language of ['zh', 'en'] as const) expect(reasonText(code, words[language]), code).not.toBe(code);
  expect(reasonText('own-decoder-says-so', words.zh)).toBe('own-decoder-says-so');
});
