import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../../tests/shared.ts';
import { ChineseErrors } from './errors-zh.ts';

const chinese = new ChineseErrors();

/** Files whose errors only a programmer meets: arguments of calls, batches, formats inside the workers. */
const PROGRAMMERS = /^(engine\/(drawing|backends\/headless|label-board)|workers\/(analyses|feeds\/(motion|mapping|track)|models(?!\/(city-catalogue|network\/companion))))/u;
/** Codes that nobody is told of. */
const SILENT = new Set(['aborted']);

/** Sentences of all errors that the rooms of a page throw, with a word where something varies. */
function sentences(): { file: string; text: string }[] {
  const found: { file: string; text: string }[] = [];
  for (const room of ['engine', 'layers', 'workers', 'demo/planner']) {
    for (const name of readdirSync(join(repository, room), { recursive: true, encoding: 'utf8' })) {
      const file = `${room}/${name}`;
      if (!name.endsWith('.ts') || /\.(test|bench|d)\.ts$|testing\//u.test(name) || PROGRAMMERS.test(file)) continue;
      for (const [, code, whole] of readFileSync(join(repository, file), 'utf8').matchAll(/new TwinError\(\s*(?:'([a-z-]+)'|[^,'`]+),\s*(`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*')/gu)) {
        if (!SILENT.has(code)) found.push({ file, text: whole.slice(1, -1).replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/gu, 'X').replaceAll('\\`', '`') });
      }
    }
  }
  return found;
}

describe('errors in Chinese', () => {
  test('every sentence that a page can say has its Chinese', () => {
    const all = sentences();
    expect(all.length).toBeGreaterThan(60);
    const own = new Set(['nothing here', 'X: X', 'X${tries > 1 ? ', 'No answer.', 'The file is empty.']);
    const missing = all.filter(({ text }) => chinese.say(text) === null && !own.has(text) && !/batch|keyframes|createTwin|worker is gone|message to or from|could not read the message|headless/u.test(text));
    expect(missing.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });

  test.each([
    ['http://h/a.glb is not there (404)', 'http://h/a.glb 不存在（404），请检查地址'],
    ['http://h/a.glb could not be reached (4 tries)', '无法连接 http://h/a.glb，请检查网络与地址（试了 4 次）'],
    ['The tileset http://h/t.json cannot be used: /root/transform is no array', '无法使用瓦片集 http://h/t.json：/root/transform 不是数组'],
    ['http://h/a.b3dm cannot be used: it says 99 bytes, 40 are there', '无法使用 http://h/a.b3dm：声明 99 字节，实有 40 字节'],
    ['http://h/x was not fetched: the origin http://e is not on the list of allowed origins', '没有获取 http://h/x：来源 http://e 不在允许列表中'],
    ['/root/boundingVolume/box has 3 numbers instead of 12', '/root/boundingVolume/box 有 3 个数，应为 12 个'],
  ])('%s', (english, wanted) => {
    expect(chinese.say(english)).toBe(wanted);
  });

  test('what is not known is not guessed', () => {
    expect(chinese.say('Something else happened')).toBeNull();
  });
});
