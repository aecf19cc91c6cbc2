import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from './shared.ts';

const codes = [...readFileSync(join(repository, 'engine/errors.ts'), 'utf8').matchAll(/^ {2}\| '([a-z-]+)'/gmu)].map((match) => match[1]);
const page = readFileSync(join(repository, 'docs/errors.md'), 'utf8');
const sections = new Map(page.split(/^## /mu).slice(1).map((section) => [section.slice(0, section.indexOf('\n')), section]));

describe('docs/errors.md', () => {
  test('has an entry for every code, and for no other', () => {
    expect(codes.length).toBeGreaterThan(10);
    expect([...sections.keys()]).toEqual(codes);
    expect([...page.matchAll(/^\| \[`([a-z-]+)`\]/gmu)].map((match) => match[1])).toEqual(codes);
  });

  test.each(codes)('%s says what happened and what to do, in both languages', (code) => {
    for (const word of ['**What happened.**', '**What to do.**', '**发生了什么。**', '**怎么办。**']) expect(sections.get(code)).toContain(word);
  });
});
