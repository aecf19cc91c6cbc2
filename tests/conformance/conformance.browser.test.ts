import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBrowser, type OpenPage } from '../browser.ts';
import { repository } from '../shared.ts';
import { smallCity as hillyCity } from '../small-city.ts';
import { smallCity } from '../view-checks.ts';
import { startTileServer } from '../tile-server.ts';
import type { Standing } from './terrain-cases.ts';
import { HERE, type Finding } from './case.ts';
import { cases } from './cases.ts';
import { smallCloud } from './small-cloud.ts';

interface Result { findings: Finding[]; picture: string }
interface Picks extends Result { surfaces: (readonly number[] | null)[] }

const BUILDINGS = 100;
const city = await smallCity();
const hills = await hillyCity(20);
const cloud = await smallCloud();
const pictureServer = await startTileServer(HERE.lon, HERE.lat);
const harness = useBrowser({ mounts: { '/city/': city.folder, '/hills/': hills.folder, '/cloud/': cloud.folder } });
afterAll(async () => {
  city.remove();
  await hills.dispose();
  cloud.remove();
  await pictureServer.close();
});

const ground: Record<string, Picks['surfaces']> = {};
const pictures = join(repository, '.cache/conformance');

function wrongOf(findings: readonly Finding[]): string[] {
  return findings.filter(({ ok }) => !ok).map(({ probe, got, wanted }) => `${probe}: ${got.join(' ')}${wanted ? `, not ${wanted.join(' ')}` : ''}`);
}

function said({ findings, picture }: Result, file: string): void {
  const wrong = wrongOf(findings);
  if (wrong.length > 0) {
    mkdirSync(pictures, { recursive: true });
    writeFileSync(join(pictures, file), Buffer.from(picture.split(',')[1], 'base64'));
  }
  expect(wrong).toEqual([]);
}

describe.each(['three', 'cesium'])('%s paints every case as stated', (backend) => {
  let opened: OpenPage;
  let all: Record<string, Result>;

  beforeAll(async () => {
    opened = await harness.open(`/tests/pages/conformance.html?backend=${backend}`, { width: 300, height: 300 });
    await opened.until('window.ready', 90_000);
    all = await opened.page.evaluate('runAll()');
  });
  afterAll(() => opened?.close());

  test.each(cases.map(({ kind, name }, i) => [kind, name, i] as const))('%s: %s', (_, name, i) => {
    said(all[name], `${backend}-${i + 1}.png`);
  });

  test('50 picks find what is painted there', async () => {
    const picks = await opened.page.evaluate<Picks>('runPicks()');
    said(picks, `${backend}-picks.png`);
    ground[backend] = picks.surfaces;
  });

  test('buildings: properties, colour by rule, hiding', async () => {
    const findings = await opened.page.evaluate<Finding[]>(`runTiles(${BUILDINGS})`);
    expect(wrongOf(findings)).toEqual([]);
    expect(findings.length).toBeGreaterThanOrEqual(15);
  });

  test('a point cloud: colours, classes, heights, hiding, picks', async () => {
    const findings = await opened.page.evaluate<Finding[]>('runPoints()');
    expect(wrongOf(findings)).toEqual([]);
    expect(findings).toHaveLength(9);
  });

  test('a picture on the ground lies where it says', async () => {
    expect(wrongOf(await opened.page.evaluate<Finding[]>('runImagery()'))).toEqual([]);
  });

  test('tile services of every kind lie where they say', async () => {
    const findings = await opened.page.evaluate<Finding[]>(`runServices('${pictureServer.origin}')`);
    expect(wrongOf(findings)).toEqual([]);
    expect(findings).toHaveLength(35);
  });

  test('the ground is drawn where it is computed: to 0.1 m near, to a pixel or two far off', async () => {
    for (const { height, worst, most, places } of await opened.page.evaluate<Standing[]>(`runStanding('/hills/', 117.492, 30.662)`)) {
      console.log(`${backend}: ground drawn from ${height} m is at most ${worst.toFixed(3)} m off at ${places} places`);
      expect(places).toBeGreaterThan(24);
      expect(worst).toBeLessThanOrEqual(most);
    }
  });

  test('ground one can see through', async () => {
    expect(wrongOf(await opened.page.evaluate<Finding[]>('runUnderground()'))).toEqual([]);
  });

  test('cut by planes, boxes and rings', async () => {
    expect(wrongOf(await opened.page.evaluate<Finding[]>(`runClip(${BUILDINGS})`))).toEqual([]);
  });

  test('nothing went wrong on the page', () => {
    expect(opened.errors).toEqual([]);
  });
});

test('the ground under 50 pixels is the same place in both', () => {
  for (const [i, place] of ground.three.entries()) {
    const other = ground.cesium[i];
    expect(place === null).toBe(other === null);
    if (!place || !other) continue;
    expect(Math.hypot((place[0] - other[0]) * 95_800, (place[1] - other[1]) * 111_000, place[2] - other[2])).toBeLessThan(0.5);
  }
});
