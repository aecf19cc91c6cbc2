import { TwinError, type Card, type CardRow, type Hit, type LayerDocument, type Legend, type PointColour, type PointLook, type Text } from '#engine';
import { heightDatumText, pointClass, rampColour, rampTable, type CataloguePoints, type CityCatalogue } from '#models';
import type { CardAsk, Part } from './part.ts';
import { catalogueNotes, grouped } from './words.ts';

const COLOURS: readonly PointColour[] = ['own', 'class', 'height', 'intensity'];
/** CSS pixels of a point at least and at most, at size 1. */
const SIZE = [2.5, 14] as const;
const SCHEMES = { height: 'viridis', intensity: 'magma' } as const;
/** Entries of the legend of a ramp. */
const STEPS = 5;

const labels = {
  class: { zh: '类别', en: 'Class' },
  height: { zh: '高程', en: 'Height' },
  intensity: { zh: '反射强度', en: 'Intensity' },
  datum: { zh: '高程基准', en: 'Height datum' },
  vertical: { zh: '文件所述高程系', en: 'Vertical system of the file' },
} as const satisfies Record<string, Text>;

/** What the document says, where the data have it; else the first that they have. */
function colourOf({ options }: LayerDocument, points: CataloguePoints | undefined): PointColour {
  const asked = COLOURS.find((each) => each === options?.colour);
  if (!points) return asked ?? 'own';
  const has: Record<PointColour, boolean> = { own: points.colour, class: Object.keys(points.classes).some((number) => Number(number) > 1), height: true, intensity: points.intensity !== null };
  return asked && has[asked] ? asked : COLOURS.find((each) => has[each])!;
}

function hiddenOf({ options }: LayerDocument): Set<number> {
  return new Set(Array.isArray(options?.hiddenClasses) ? options.hiddenClasses.filter((each): each is number => Number.isInteger(each)) : []);
}

function lookOf(document: LayerDocument, points: CataloguePoints | undefined): PointLook {
  const colour = colourOf(document, points);
  const hidden = hiddenOf(document);
  const classes = new Uint8Array(1024);
  for (let number = 0; number < 256; number++) classes.set([...bytesOf(pointClass(number).colour), hidden.has(number) ? 0 : 255], number * 4);
  const ramp = new Uint8Array(1024).fill(255);
  const table = rampTable(SCHEMES[colour === 'intensity' ? 'intensity' : 'height']);
  for (let step = 0; step < 256; step++) ramp.set(table.subarray(step * 3, step * 3 + 3), step * 4);
  const { low, high } = (colour === 'intensity' ? points?.intensity : points?.heights) ?? { low: 0, high: 100 };
  const given = document.options?.size;
  const size = typeof given === 'number' && given > 0 ? Math.min(8, given) : 1;
  return { colour, classes, ramp, range: [low, high], spacing: (points?.spacing ?? 0) * size, size: [SIZE[0] * size, SIZE[1] * size] };
}

function bytesOf(colour: string): [number, number, number] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number, number];
}

function legendOf({ colour, range: [low, high] }: PointLook, document: LayerDocument, points: CataloguePoints | undefined): Legend | null {
  if (colour === 'own' || !points) return null;
  if (colour === 'class') {
    const hidden = hiddenOf(document);
    const numbers = Object.keys(points.classes).map(Number).filter((number) => !hidden.has(number));
    return { title: labels.class, unit: '', entries: numbers.map((number) => ({ colour: pointClass(number).colour, label: { zh: pointClass(number).zh, en: pointClass(number).en } })) };
  }
  const steps = Array.from({ length: STEPS }, (_, k) => k / (STEPS - 1));
  const text = (share: number): string => grouped(Math.round((low + share * (high - low)) * (high - low < 20 ? 10 : 1)) / (high - low < 20 ? 10 : 1));
  return { title: labels[colour], unit: colour === 'height' ? 'm' : '', entries: steps.map((share) => ({ colour: rampColour(SCHEMES[colour], share), label: { zh: text(share), en: text(share) } })) };
}

/** A point: its height, and class and intensity where the engine tells them. */
function pointCard(hit: Hit, { city, document }: CardAsk): Card {
  const number = (key: string): number | null => (typeof hit.properties[key] === 'number' ? (hit.properties[key] as number) : null);
  const rows: CardRow[] = [{ label: labels.height, value: Math.round(hit.height * 100) / 100, unit: 'm' }];
  const kind = number('classification');
  if (kind !== null) rows.push({ label: labels.class, value: { zh: pointClass(kind).zh, en: pointClass(kind).en } });
  const intensity = number('intensity');
  if (intensity !== null && city?.layers.points?.intensity !== null) rows.push({ label: labels.intensity, value: intensity });
  if (city) rows.push({ label: labels.datum, value: heightDatumText(city.heightDatum) });
  const vertical = city?.layers.points?.vertical;
  if (vertical) rows.push({ label: labels.vertical, value: vertical });
  const source = document.source ?? city?.source.join(', ') ?? '';
  return { title: { zh: '点', en: 'Point' }, rows, asOf: null, stale: false, source: source ? { zh: source, en: source } : null };
}

function hiddenText(document: LayerDocument, city: CityCatalogue): Text[] {
  const hidden = hiddenOf(document);
  const classes = Object.keys(city.layers.points?.classes ?? {}).map(Number).filter((number) => hidden.has(number)).map(pointClass);
  return classes.length === 0 ? [] : [{ zh: `不显示：${classes.map(({ zh }) => zh).join('、')}`, en: `not shown: ${classes.map(({ en }) => en).join(', ')}` }];
}

/** The point clouds of a city folder, or anybody's tileset of points. */
export const cloud: Part = {
  look: 'points',
  foreign: true,
  of(city, layer) {
    const { points } = city.layers;
    if (!points) throw new TwinError('not-found', 'There are no points in the data. Build the city again with a .las or .laz among the inputs, or take this layer away.', { where: layer });
    return { tileset: points.tileset, features: null, count: points.count, cimLevel: null };
  },
  extent(city) {
    const [west, south, east, north] = city.layers.points?.bounds ?? city.bounds;
    return { west, south, east, north, top: city.layers.points?.heights.high ?? 100 };
  },
  points(document, city) {
    const points = city?.layers.points;
    const look = lookOf(document, points);
    return { look, legend: legendOf(look, document, points) };
  },
  conditions: () => [],
  hidden: () => [],
  card: pointCard,
  notes: (document, city) => [...hiddenText(document, city), ...catalogueNotes({ ...city, missing: [] })],
  passing: (shown, all) => ({ zh: `显示 ${grouped(shown)} / ${grouped(all)} 个点`, en: `${grouped(shown)} of ${grouped(all)} points are shown` }),
};
