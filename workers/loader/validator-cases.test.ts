import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { describeShared } from '../../tests/shared.ts';
import { validatorCases, type ValidatorCase } from './testing/validator-cases.ts';
import { createLoad } from './load.ts';
import { loaderPolicy } from './policy.ts';

interface Verdict {
  readonly file: string;
  readonly refused: string | null;
  readonly issues: readonly { path?: string; message: string }[];
}

/** Loads a case as an engine would: what holds it, itself, and everything it names. */
async function verdict(each: ValidatorCase): Promise<Verdict> {
  const fetch = (url: string): Promise<Response> => {
    const path = decodeURIComponent(new URL(url).pathname).slice(1);
    const made = each.made[path];
    const file = join(each.folder, normalize(path));
    const body = made ?? (existsSync(file) ? readFileSync(file) : null);
    return Promise.resolve(body === null ? new Response(null, { status: 404 }) : new Response(new Uint8Array(typeof body === 'string' ? new TextEncoder().encode(body) : body)));
  };
  const load = createLoad(loaderPolicy({ limits: { tries: 1 }, allow: ['http://example.com'] }), { fetch });
  const root = `http://cases.example/${each.root}`;
  const issues: { path?: string; message: string }[] = [];
  let refused: string | null = null;
  const waiting = [{ url: root, kind: each.kind }, ...each.further.map((path) => ({ url: `http://cases.example/${path}`, kind: 'content' as const }))];
  const seen = new Set<string>();
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    if (seen.has(next.url)) continue;
    seen.add(next.url);
    try {
      const loaded = await load({ ...next, root });
      issues.push(...loaded.issues);
      const text = new TextDecoder().decode(loaded.bytes);
      if (!/^[\s\uFEFF]*\{/u.test(text)) continue;
      for (const [, uri] of text.matchAll(/"uri"\s*:\s*"([^"]+)"/gu)) if (/\.(gltf|glb|b3dm|i3dm|pnts|cmpt|json|3tz)$/u.test(uri) && !uri.includes('{')) waiting.push({ url: new URL(uri, next.url).href, kind: 'content' });
    } catch (cause) {
      // A content that is not there is a fault of the copy, not of the case.
      if (existsSync(join(each.folder, new URL(next.url).pathname)) || each.made[new URL(next.url).pathname.slice(1)]) refused ??= (cause as Error).message;
    }
  }
  return { file: each.file, refused, issues };
}

/** A JSON pointer, or the file itself where its bytes are no JSON at all. */
const NAMED = /(^|[ :])\/[\w/]|not valid JSON|is empty|no known tile format|bytes are there|it says \d+ bytes|cannot be used: it is a package/u;

describeShared("the reference validator's cases", () => {
  const cases = validatorCases();
  const verdicts = new Map<string, Verdict>();
  beforeAll(async () => { for (const each of cases) verdicts.set(each.file, await verdict(each)); });

  test('are all there', () => {
    expect([cases.length, cases.filter((each) => !each.valid).length]).toEqual([272, 252]);
    expect(cases.every((each) => existsSync(join(dirname(each.folder), 'validator-cases', each.file)))).toBe(true);
  });

  test('no valid one is refused, and none of them has a fault', () => {
    const wrong = cases.filter((each) => each.valid).map((each) => verdicts.get(each.file)!).filter((each) => each.refused !== null || each.issues.length > 0);
    expect(wrong).toEqual([]);
  });

  test('none of the invalid ones is accepted in silence', () => {
    // Many cases leave refine out by the way; that alone is no answer to the fault they are about.
    const about = (each: Verdict): boolean => each.issues.some((issue) => issue.path !== '/root/refine' || each.file.includes('Refine'));
    const silent = cases.filter((each) => !each.valid).map((each) => verdicts.get(each.file)!).filter((each) => each.refused === null && !about(each));
    expect(silent.map((each) => each.file)).toEqual([]);
  });

  test('every fault names its place', () => {
    const vague = [...verdicts.values()].filter((each) => each.issues.some((issue) => !issue.path?.startsWith('/')) || (each.refused !== null && each.issues.length === 0 && !NAMED.test(each.refused)));
    expect(vague.map((each) => [each.file, each.refused])).toEqual([]);
  });
});
