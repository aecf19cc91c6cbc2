import { describe, expect, test } from 'vitest';
import { allowed, headersFor, normalise } from './addresses.ts';
import { pauseBefore } from './fetch-bytes.ts';
import { retryAfter } from './attempt.ts';
import { loaderPolicy } from './policy.ts';

const root = 'https://tiles.example/city/tileset.json?token=s3';

test.each([
  ['https://a.example/x/./y/../%7Ez/%41.json#f', 'https://a.example/x/~z/A.json'],
  ['https://a.example/x/%2e%2e/t.json', 'https://a.example/t.json'],
  ['https://A.example:443/t.json?a=1', 'https://a.example/t.json?a=1'],
  ['https://a.example/a%2Fb', 'https://a.example/a%2Fb'],
])('%s is spelled %s', (url, expected) => {
  expect(normalise(url)).toBe(expected);
});

describe('what may be asked', () => {
  const policy = loaderPolicy({ page: 'https://portal.example', allow: ['https://cdn.example'] });
  test.each(['https://tiles.example/a', 'https://portal.example/a', 'https://cdn.example/a', 'https://tiles.example:443/a'])('%s may', (url) => {
    expect(allowed(url, root, policy).href).toContain('/a');
  });
  test.each(['http://tiles.example/a', 'https://tiles.example:8443/a', 'https://evil.example/a', 'https://cdn.example.evil.example/a', 'https://cdn.example@evil.example/a', 'ftp://tiles.example/a', 'blob:https://tiles.example/1', 'data:,x', 'a'])('%s may not', (url) => {
    expect(() => allowed(url, root, policy)).toThrow(/was not fetched|not an absolute URL/);
  });
  test("the root's token goes along at home and nowhere else", () => {
    expect(allowed('https://tiles.example/a?token=s3', root, policy).search).toBe('?token=s3');
    expect(allowed('https://cdn.example/a?token=s3&v=1', root, policy).search).toBe('?v=1');
  });
  test('a doubled slash at the root of a server is one', () => {
    expect(allowed('https://tiles.example//a.glb', 'https://tiles.example/tileset.json', policy).pathname).toBe('/a.glb');
  });
});

test('headers go to the origin they were configured for', () => {
  const policy = loaderPolicy({ allow: ['https://cdn.example'], credentials: [{ origin: 'https://cdn.example', headers: { 'X-Cdn': '1' } }] });
  expect(headersFor(new URL('https://tiles.example/a'), root, { 'X-Key': 'k' }, policy)).toEqual({ 'X-Key': 'k' });
  expect(headersFor(new URL('https://cdn.example/a'), root, { 'X-Key': 'k' }, policy)).toEqual({ 'X-Cdn': '1' });
});

test('pauses are drawn evenly below a doubling ceiling; a server that says when is obeyed', () => {
  const draws = (tries: number): number[] => [0, 0.5, 1].map((value) => pauseBefore(tries, 0.5, null, () => value));
  expect([draws(1), draws(2), draws(9)]).toEqual([[0, 0.25, 0.5], [0, 0.5, 1], [0, 4, 8]]);
  expect(pauseBefore(1, 0.5, 7, () => 0)).toBe(7);
  expect(pauseBefore(1, 0.5, 9999, () => 0)).toBe(30);
  expect([retryAfter('3', 0), retryAfter(new Date(5000).toUTCString(), 1000), retryAfter('soon', 0), retryAfter(null, 0)]).toEqual([3, 4, null, null]);
});
