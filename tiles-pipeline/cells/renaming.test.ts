import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renamingOf, type FoundIds } from './renaming.ts';

const list = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat()), { maxLength: 40 });

test('ids that are there twice are numbered by their place, in one look or in many', () => {
  fc.assert(
    fc.property(fc.array(list, { maxLength: 6 }), fc.integer({ min: 1, max: 60 }), (lists, atOnce) => {
      // Some of every list once more, so that there are ids twice.
      const twice = [...lists, lists.flatMap((each) => each.slice(0, 3).map(([id, key]): [bigint, number] => [id, key + 0.5]))];
      const found = twice.map((each): FoundIds & { count: number } => ({ ids: BigUint64Array.from(each, ([id]) => id), keys: Float64Array.from(each, ([, key]) => key), count: each.length }));
      const slow = new Map<bigint, number[]>();
      for (const [id, key] of twice.flat()) slow.set(id, [...(slow.get(id) ?? []), key].toSorted((a, b) => a - b));
      const wanted = [...slow].filter(([, keys]) => keys.length > 1).toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([id, keys]) => keys.map((key, n) => [id, key, n + 1]));
      const { ids, keys, ordinals } = renamingOf(found, (k) => found[k], atOnce);
      expect([...ids].map((id, n) => [id, keys[n], ordinals[n]])).toEqual(wanted);
      expect(renamingOf(found, (k) => found[k])).toEqual({ ids, keys, ordinals });
    }),
    { numRuns: 200 },
  );
});
