import { readdirSync, readFileSync } from 'node:fs';
import * as engine from '@cesium/engine';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../../tests/shared.ts';
import { contentIssues, regionsForCells, schemaIssues, subtreeIssues, tilesetIssues } from './index.ts';
import { decodePng } from './png.ts';

const { Cartographic, Ellipsoid } = engine;
interface Cell { getCenter(on: unknown): engine.Cartesian3; getVertex(i: number, on: unknown): engine.Cartesian3 }
/** Exported and left out of its types. */
const { S2Cell } = engine as unknown as { S2Cell: { fromToken(token: string): Cell } };

function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

const MONSTERS: readonly unknown[] = [null, 7, -1, 1e308, 'x', '', [], {}, [null], [[]], true, { properties: 3 }, Array.from({ length: 20 }, () => 1e9)];

/** A copy with one place, chosen by chance, holding something else. */
function mutated(json: unknown, random: (below: number) => number): unknown {
  const copy = structuredClone(json) as Record<string, unknown>;
  const places: [Record<string, unknown>, string][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(copy);
  const place = places[random(Math.max(1, places.length))];
  if (place) place[0][place[1]] = MONSTERS[random(MONSTERS.length)];
  return copy;
}

describeShared('what is inspected', () => {
  test('never throws, whatever stands in the JSON', async () => {
    const folder = shared('data/tiles3d/validator-cases/');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(json|gltf)$/u.test(file) && !/expected|invalidJson|BOM|ImageData/u.test(file));
    const random = randomOf(11);
    for (const file of files) {
      const json = JSON.parse(readFileSync(folder + file, 'utf8')) as unknown;
      for (let i = 0; i < 8; i++) {
        const bad = mutated(json, random) as Record<string, unknown>;
        if (file.endsWith('.gltf')) await contentIssues(new Uint8Array(0), bad);
        else if (file.startsWith('schemas')) schemaIssues(bad);
        else if (/^(subtrees|buffers|propertyTables)/u.test(file)) subtreeIssues(bad, { scheme: 'QUADTREE', levels: 3, schema: {} });
        else tilesetIssues(bad, { json: bad.schema });
      }
    }
  });
});

describe('bounds by S2 cells', () => {
  test.each(['1', '3', '5', '7', '9', 'b', '89c6c7', '04', '35b054', '5324', '2ef59bd352b93ac3', '9', 'b1', '4c'])('the region of %s holds the corners and the middle that Cesium finds', (token) => {
    const json = { root: { boundingVolume: { extensions: { '3DTILES_bounding_volume_S2': { token, minimumHeight: 0, maximumHeight: 10 } } } } };
    expect(regionsForCells(json)).toBe(true);
    const [west, south, east, north] = (json.root.boundingVolume as unknown as { region: number[] }).region;
    const cell = S2Cell.fromToken(token);
    for (const point of [cell.getCenter(Ellipsoid.UNIT_SPHERE), ...[0, 1, 2, 3].map((i) => cell.getVertex(i, Ellipsoid.UNIT_SPHERE))]) {
      const { longitude, latitude } = Cartographic.fromCartesian(point, Ellipsoid.UNIT_SPHERE);
      expect(latitude).toBeGreaterThanOrEqual(south);
      expect(latitude).toBeLessThanOrEqual(north);
      const pole = Math.abs(latitude) > Math.PI / 2 - 1e-9;
      expect(pole || (west <= east ? longitude >= west - 1e-9 && longitude <= east + 1e-9 : longitude >= west || longitude <= east)).toBe(true);
    }
  });
});

describe('pixels of a PNG', () => {
  /** Two pixels wide, two high, one row a filter. */
  async function png(rows: number[][]): Promise<Uint8Array> {
    const packed = new Uint8Array(await new Response(new Blob([Uint8Array.from(rows.flat())]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer());
    const chunk = (type: string, data: ArrayLike<number>): number[] => [...new Uint8Array(new Uint32Array([data.length]).buffer).toReversed(), ...[...type].map((char) => char.charCodeAt(0)), ...Array.from(data), 0, 0, 0, 0];
    return Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, ...chunk('IHDR', [0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]), ...chunk('IDAT', packed), ...chunk('IEND', [])]);
  }

  test('are those that were stored, through each filter', async () => {
    const wanted = [10, 20, 30, 255, 13, 24, 36, 255, 20, 40, 60, 255, 21, 42, 63, 255];
    for (const second of [[0, 20, 40, 60, 21, 42, 63], [1, 20, 40, 60, 1, 2, 3], [2, 10, 20, 30, 8, 18, 27], [3, 15, 30, 45, 5, 10, 15], [4, 10, 20, 30, 1, 2, 3]]) {
      const read = await decodePng(await png([[1, 10, 20, 30, 3, 4, 6], second]));
      expect(read && read !== 'other' && [...read.data]).toEqual(wanted);
    }
  });

  test('are null for what is cut short or no PNG', async () => {
    const whole = await png([[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 6]]);
    expect(await decodePng(whole.slice(0, 45))).toBeNull();
    expect(await decodePng(Uint8Array.from([1, 2, 3]))).toBeNull();
  });
});
