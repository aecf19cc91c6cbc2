import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TwinError, type TileLoader } from '#engine';
import { convert, type Converted } from '../tiles-pipeline/convert.ts';
import { demTiff } from '../tiles-pipeline/testing/dem-tiff.ts';
import { collection, seededBuildings } from '../tiles-pipeline/testing/seeded-city.ts';

/** A city folder built for a test, and the files it was built from. */
export interface SmallCity {
  readonly folder: string;
  /** The footprints that went in, for whoever checks an answer the slow way. */
  readonly buildings: ReturnType<typeof seededBuildings>;
  readonly converted: Converted;
  dispose(): Promise<void>;
}

const CENTRE = [117.49, 30.66] as const;
const STEP = 0.002;
const HALF = 4;

/** Height of the ground in metres: a slope to the east with a hill in it. */
export function groundHeight(lon: number, lat: number): number {
  const [x, y] = [(lon - CENTRE[0]) / 0.01, (lat - CENTRE[1]) / 0.01];
  return 20 + 8 * x + 30 * Math.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) * 4);
}

function streets(): object[] {
  const lines: object[] = [];
  for (let k = -HALF; k <= HALF; k++) {
    const at = k * STEP;
    const properties = { highway: k === 0 ? 'primary' : 'residential', lanes: k === 0 ? 4 : 2, maxspeed: k === 0 ? 60 : 30 };
    const ends = HALF * STEP;
    lines.push({ type: 'Feature', properties: { ...properties, id: `ew${k}`, name: `东西 ${k} 路` }, geometry: { type: 'LineString', coordinates: [[CENTRE[0] - ends, CENTRE[1] + at], [CENTRE[0] + ends, CENTRE[1] + at]] } });
    lines.push({ type: 'Feature', properties: { ...properties, id: `ns${k}`, name: `南北 ${k} 路` }, geometry: { type: 'LineString', coordinates: [[CENTRE[0] + at, CENTRE[1] - ends], [CENTRE[0] + at, CENTRE[1] + ends]] } });
  }
  return lines;
}

const pond = { type: 'Feature', properties: { natural: 'water', name: '小湖' }, geometry: { type: 'Polygon', coordinates: [[[117.484, 30.654], [117.486, 30.654], [117.486, 30.656], [117.484, 30.656], [117.484, 30.654]]] } };
const points = [
  { type: 'Feature', properties: { id: 'p1', amenity: 'hospital', name: '市医院' }, geometry: { type: 'Point', coordinates: [117.491, 30.661] } },
  { type: 'Feature', properties: { id: 'p2', place: 'suburb', name: '老城' }, geometry: { type: 'Point', coordinates: [117.487, 30.659] } },
];

/** Water pipes under the streets, a valve and a hydrant, as GeoJSON. */
export function pipes(): string {
  const under = (streets() as { properties: { id: string }; geometry: { coordinates: number[][] } }[]).map(({ properties, geometry }) => ({
    type: 'Feature', properties: { network: 'water', id: `w-${properties.id}`, dn: 300, depth: 1.4, material: '球墨铸铁' }, geometry: { type: 'LineString', coordinates: geometry.coordinates },
  }));
  const node = (type: string, lon: number): object => ({ type: 'Feature', properties: { network: 'water', id: `${type}-1`, type }, geometry: { type: 'Point', coordinates: [lon, CENTRE[1]] } });
  return collection([...under, node('valve', 117.491), node('hydrant', 117.489)]);
}

/** Builds a city of some hundred buildings, streets, a pond, places and terrain in a folder of its own. @param more further inputs: text by file name */
export async function smallCity(count = 300, more: Readonly<Record<string, string>> = {}): Promise<SmallCity> {
  const root = await mkdtemp(join(tmpdir(), 'citymirror-scene-'));
  const buildings = seededBuildings(count);
  const write = async (name: string, data: string | Uint8Array): Promise<string> => {
    const path = join(root, name);
    await writeFile(path, data);
    return path;
  };
  const inputs = [
    await write('buildings.geojson', collection(buildings)),
    await write('roads.geojson', collection(streets())),
    await write('areas.geojson', collection([pond])),
    await write('places.geojson', collection(points)),
    await write('dem.tif', await demTiff({ west: 117.475, north: 30.675, step: 0.0005, width: 60, height: 60 }, groundHeight)),
    ...(await Promise.all(Object.entries(more).map(([name, text]) => write(name, text)))),
  ];
  const folder = join(root, 'city');
  const converted = await convert({ inputs, out: folder, declared: { title: '小城', synthetic: true, source: ['seed 7'], surveyDate: '2024-05-01', heightDatum: 'ellipsoid' } });
  return { folder, buildings, converted, dispose: () => rm(root, { recursive: true, force: true }) };
}

/** What loads whole files for a twin and ranges of them for its analyses. */
export interface FolderLoader extends TileLoader {
  range(url: string, range?: readonly [number, number]): Promise<{ bytes: Uint8Array<ArrayBuffer>; total: number; partial: boolean }>;
}

/** Loads files of a folder under a web address, with byte ranges; what else is asked is not there. */
export function folderLoader(folder: string, address: string): FolderLoader {
  const read = async (url: string): Promise<Uint8Array<ArrayBuffer>> => {
    if (!url.startsWith(address)) throw new TwinError('not-found', `${url} is not there.`, { where: url });
    try {
      return new Uint8Array(await readFile(join(folder, url.slice(address.length))));
    } catch (cause) {
      throw new TwinError('not-found', `${url} is not there.`, { where: url, cause });
    }
  };
  return {
    load: async (url) => (await read(url)).slice().buffer,
    async range(url, range) {
      const bytes = await read(url);
      if (!range) return { bytes, total: bytes.length, partial: false };
      return { bytes: bytes.slice(range[0], Math.min(bytes.length, range[1] + 1)), total: bytes.length, partial: true };
    },
  };
}
