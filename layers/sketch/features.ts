import { TwinError, type Text } from '#engine';

export type Position = readonly [lon: number, lat: number];

/** A part of a feature that is drawn on its own; a multi-geometry has several. */
export type Part =
  | { readonly type: 'point'; readonly at: Position; readonly height: number }
  | { readonly type: 'line'; readonly points: readonly Position[] }
  | { readonly type: 'polygon'; readonly rings: readonly (readonly Position[])[] };

/** A feature read from GeoJSON: what it is called, how it looks, and its parts. */
export interface SketchFeature {
  readonly id: string;
  readonly name: string;
  /** '#rrggbb' */
  readonly colour: string;
  /** Its length or area stands on it. */
  readonly measured: boolean;
  readonly parts: readonly Part[];
  readonly properties: Readonly<Record<string, unknown>>;
}

interface RawGeometry {
  type?: string;
  coordinates?: unknown;
  geometries?: RawGeometry[];
}

const COLOUR = '#0f7fd6';
/** As many as a sketch is for; more belong in a city folder. */
export const MOST_FEATURES = 500;

function position(value: unknown): Position | null {
  if (!Array.isArray(value)) return null;
  const [lon, lat] = value as number[];
  return Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

/** A list of positions with repeats taken out; null when one is wrong or fewer than `least` differ. */
function positions(value: unknown, least: number, closed: boolean): Position[] | null {
  if (!Array.isArray(value)) return null;
  const out: Position[] = [];
  for (const item of value) {
    const at = position(item);
    if (!at) return null;
    const last = out.at(-1);
    if (!last || last[0] !== at[0] || last[1] !== at[1]) out.push(at);
  }
  if (closed && out.length > 1 && out[0][0] === out.at(-1)![0] && out[0][1] === out.at(-1)![1]) out.pop();
  return out.length >= least ? out : null;
}

function polygon(value: unknown): Part[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const rings = value.map((ring) => positions(ring, 3, true));
  return rings.every((ring) => ring !== null) ? [{ type: 'polygon', rings }] : null;
}

function line(value: unknown): Part[] | null {
  const points = positions(value, 2, false);
  return points && [{ type: 'line', points }];
}

function point(value: unknown): Part[] | null {
  const at = position(value);
  return at && [{ type: 'point', at, height: Number.isFinite((value as number[])[2]) ? (value as number[])[2] : Number.NaN }];
}

function many(value: unknown, one: (value: unknown) => Part[] | null): Part[] | null {
  if (!Array.isArray(value)) return null;
  const parts = value.map(one);
  return parts.every((part) => part !== null) ? parts.flat() : null;
}

function partsOf(geometry: RawGeometry | null | undefined): Part[] | null {
  const { type, coordinates, geometries } = geometry ?? {};
  if (type === 'Point') return point(coordinates);
  if (type === 'MultiPoint') return many(coordinates, point);
  if (type === 'LineString') return line(coordinates);
  if (type === 'MultiLineString') return many(coordinates, line);
  if (type === 'Polygon') return polygon(coordinates);
  if (type === 'MultiPolygon') return many(coordinates, polygon);
  return type === 'GeometryCollection' ? many(geometries, (item) => partsOf(item as RawGeometry)) : null;
}

/**
 * GeoJSON features (RFC 7946) of a layer's options; one that is wrong is told and left out, the others stand.
 * Known properties: `name` or `title`, `colour` ('#rrggbb'), `measure` (true: its length or area is written on it).
 * @param wrong hears each problem as a TwinError `bad-input`
 */
export function readFeatures(options: Readonly<Record<string, unknown>> | undefined, where: string, wrong: (error: TwinError) => void): { features: SketchFeature[]; total: number } {
  const list = options?.features ?? [];
  if (!Array.isArray(list)) {
    wrong(new TwinError('bad-input', 'options.features must be a list of GeoJSON features; none is shown.', { where }));
    return { features: [], total: 0 };
  }
  const seen = new Set<string>();
  const features = list.slice(0, MOST_FEATURES).flatMap((item: { id?: string | number; geometry?: RawGeometry; properties?: Record<string, unknown> | null } | null, index) => {
    const parts = partsOf(item?.geometry);
    if (!parts || parts.length === 0) {
      wrong(new TwinError('bad-input', `Feature ${index + 1} is left out: its geometry is no GeoJSON in degrees.`, { where: `${where}/options/features/${index}` }));
      return [];
    }
    const properties = item?.properties ?? {};
    let id = String(item?.id ?? properties.id ?? index + 1);
    while (seen.has(id)) id += '′';
    seen.add(id);
    const { colour, measure } = properties;
    const name = [properties.name, properties.title].find((value) => typeof value === 'string' && value !== '');
    return [{ id, name: (name as string | undefined) ?? '', colour: typeof colour === 'string' && /^#[0-9a-f]{6}$/iu.test(colour) ? colour : COLOUR, measured: measure === true, parts, properties }];
  });
  return { features, total: list.length };
}

const round = (value: number, digits: number): string => value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });

/** Metres as a person writes them; the same in both languages. */
export function lengthText(metres: number): string {
  return metres < 1000 ? `${round(metres, 1)} m` : `${round(metres / 1000, 3)} km`;
}

/** Square metres likewise: m², then hectares, then km². */
export function areaText(squareMetres: number): string {
  if (squareMetres < 10_000) return `${round(squareMetres, 1)} m²`;
  return squareMetres < 1e6 ? `${round(squareMetres / 10_000, 2)} ha` : `${round(squareMetres / 1e6, 3)} km²`;
}

/** Properties that a card shows otherwise, or not at all. */
export const OWN_KEYS: ReadonlySet<string> = /* @__PURE__ */ new Set(['name', 'title', 'colour', 'measure', 'id', 'kind', 'length', 'area']);

export const partTexts = {
  point: { zh: '点', en: 'Point' },
  line: { zh: '线', en: 'Line' },
  polygon: { zh: '面', en: 'Area' },
} as const satisfies Record<Part['type'], Text>;
