import { describe, expect, test } from 'vitest';
import { TwinError } from '../errors.ts';
import { TerrainList, type JoinedTerrain } from './terrain-list.ts';

const head = (levels: number, at: (level: number) => readonly [x: number, y: number]): object => ({
  tilejson: '2.1.0', version: '1.0.0', format: 'quantized-mesh-1.0', scheme: 'tms', tiles: ['{z}/{x}/{y}.terrain?v={version}'], maxzoom: levels - 1,
  available: Array.from({ length: levels }, (_, level) => { const [x, y] = at(level); return [{ startX: x, startY: y, endX: x, endY: y }]; }),
});
const WEST = 'http://a.test/west/layer.json';
const EAST = 'http://b.test/east/layer.json';
const NONE = 'http://b.test/none/layer.json';
const files: Record<string, unknown> = { [WEST]: head(3, (level) => [level, 0]), [EAST]: head(4, (level) => [level < 2 ? level : level + 3, 1]), [NONE]: { tiles: [] } };
const asked: [string, string][] = [];
const loader = {
  async load(url: string, { root }: { root: string }): Promise<ArrayBuffer> {
    asked.push([url, root]);
    if (url.includes('.terrain')) return new ArrayBuffer(8);
    if (!(url in files)) throw new TwinError('not-found', `${url} is not there`);
    return new TextEncoder().encode(JSON.stringify(files[url])).buffer as ArrayBuffer;
  },
};

describe('several terrains on one globe', () => {
  test('each tile comes from the last one that has it; taken away, the other stands alone', async () => {
    const shown: (JoinedTerrain | null)[] = [];
    const list = new TerrainList(loader, async (joined) => { shown.push(joined); });
    const bounds = [0, 0, 1, 1] as const;
    const west = await list.add({ url: WEST, bounds });
    expect(shown.at(-1)).toEqual({ url: WEST, loader });
    await list.add({ url: EAST, bounds });
    const both = shown.at(-1)!;
    const joined = JSON.parse(new TextDecoder().decode(await both.loader.load(both.url, { kind: 'json', root: WEST }))) as { maxzoom: number; available: object[][] };
    expect(joined.maxzoom).toBe(3);
    expect(joined.available[2]).toEqual([{ startX: 2, startY: 0, endX: 2, endY: 0 }, { startX: 5, startY: 1, endX: 5, endY: 1 }]);
    asked.length = 0;
    for (const name of ['2/2/0', '2/5/1', '3/6/1', '0/0/1']) await both.loader.load(`http://a.test/west/${name}.terrain`, { kind: 'terrain', root: WEST });
    expect(asked).toEqual([
      ['http://a.test/west/2/2/0.terrain?v=1.0.0', WEST], ['http://b.test/east/2/5/1.terrain?v=1.0.0', EAST], ['http://b.test/east/3/6/1.terrain?v=1.0.0', EAST], ['http://b.test/east/0/0/1.terrain?v=1.0.0', EAST],
    ]);
    west.dispose();
    await list.add({ url: EAST, bounds });
    expect(shown.map((each) => each?.url)).toEqual([WEST, WEST, EAST, EAST]);
  });

  test('one that cannot be had changes nothing and says why', async () => {
    const shown: (JoinedTerrain | null)[] = [];
    const list = new TerrainList(loader, async (joined) => { shown.push(joined); });
    const west = await list.add({ url: WEST, bounds: [0, 0, 1, 1] });
    await expect(list.add({ url: NONE, bounds: [0, 0, 1, 1] })).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('does not list its tiles') as string });
    await expect(list.add({ url: 'http://b.test/gone/layer.json', bounds: [0, 0, 1, 1] })).rejects.toMatchObject({ code: 'not-found' });
    expect(shown).toHaveLength(1);
    west.dispose();
    await new Promise((done) => setTimeout(done, 5));
    expect(shown.at(-1)).toBeNull();
    expect(list.empty).toBe(true);
  });
});
