import { shownUrl, TwinError } from '#engine';
import type { Bounds, ServiceOptions, TileService } from './tile-service.ts';

/** Longest capabilities that are read, characters: national services have a few hundred thousand. */
const MOST = 16_000_000;
/** Metres a pixel of a scale of 1. @source OGC 07-057r7 (WMTS 1.0.0), 6.1 */
const PIXEL = 0.00028;
const ROUND = 40_075_016.6855785;
const SYSTEMS: Readonly<Record<string, TileService['grid']>> = { 3857: 'mercator', 900913: 'mercator', 102100: 'mercator', 102113: 'mercator', 4326: 'degrees', 4490: 'degrees', CRS84: 'degrees' };
const PICTURES = ['image/png', 'image/jpeg', 'image/jpg', 'image/webp', 'image/png8', 'tiles'];

/** How a matrix set cuts the world: which of its matrices is which level. */
interface MatrixSet {
  readonly grid: TileService['grid'];
  readonly tileSize: number;
  readonly names: ReadonlyMap<number, string>;
}

interface Offer {
  readonly layer: string;
  readonly sets: readonly string[];
  readonly formats: readonly string[];
  readonly style: string;
  readonly template: string | null;
  readonly bounds: Bounds | null;
}

/** Elements of a name, whatever its prefix; enough for capabilities, which nest none of these in themselves. */
function elements(xml: string, name: string): { attributes: string; inner: string }[] {
  const found = xml.matchAll(new RegExp(`<(?:[\\w.-]+:)?${name}(\\s[^>]*?)?(?:/>|>([\\s\\S]*?)</(?:[\\w.-]+:)?${name}>)`, 'gu'));
  return [...found].map(([, attributes = '', inner = '']) => ({ attributes, inner }));
}

const text = (xml: string, name: string): string => unescaped(elements(xml, name)[0]?.inner ?? '');
const attribute = (attributes: string, name: string): string => unescaped(new RegExp(`(?:^|\\s|:)${name}\\s*=\\s*["']([^"']*)["']`, 'u').exec(attributes)?.[1] ?? '');

function unescaped(value: string): string {
  return value.trim().replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');
}

/** A matrix set as levels, or the name of its reference system where it is none that can be shown. */
function matrixSet(inner: string): MatrixSet | string {
  const system = text(inner.replace(/<(?:[\w.-]+:)?TileMatrix>[\s\S]*$/u, ''), 'SupportedCRS');
  const grid = SYSTEMS[/(CRS84|\d+)\s*$/u.exec(system)?.[1] ?? ''];
  if (!grid) return system || 'a system it does not name';
  const names = new Map<number, string>();
  let tileSize = 256;
  for (const { inner: matrix } of elements(inner, 'TileMatrix')) {
    tileSize = Number(text(matrix, 'TileWidth')) || 256;
    const level = Math.log2(ROUND / (Number(text(matrix, 'ScaleDenominator')) * PIXEL * tileSize));
    const corner = text(matrix, 'TopLeftCorner').split(/\s+/u).map((value) => Math.abs(Number(value)));
    const whole = grid === 'mercator' ? corner.every((value) => Math.abs(value - ROUND / 2) < 10) : corner.includes(180) && corner.includes(90);
    // Services that take 96 dots an inch for a pixel are a seventeenth off.
    const near = [level, Math.log2(2 ** level * (PIXEL / (0.0254 / 96)))].find((value) => Math.abs(value - Math.round(value)) < 0.002);
    if (whole && near !== undefined) names.set(Math.round(near), text(matrix, 'Identifier'));
  }
  return names.size > 0 ? { grid, tileSize, names } : `${system}, cut in a way of its own`;
}

function offerOf(inner: string): Offer {
  const styles = elements(inner, 'Style');
  const chosen = styles.find(({ attributes }) => attribute(attributes, 'isDefault') === 'true') ?? styles[0];
  const resources = elements(inner, 'ResourceURL').filter(({ attributes }) => attribute(attributes, 'resourceType') === 'tile');
  const resource = resources.find(({ attributes }) => PICTURES.includes(attribute(attributes, 'format'))) ?? null;
  const box = elements(inner, 'WGS84BoundingBox')[0]?.inner ?? '';
  const corners = [text(box, 'LowerCorner'), text(box, 'UpperCorner')].join(' ').split(/\s+/u).map(Number);
  return {
    layer: text(inner.replace(/<(?:[\w.-]+:)?Style[\s\S]*?<\/(?:[\w.-]+:)?Style>/gu, ''), 'Identifier'),
    sets: elements(inner, 'TileMatrixSetLink').map((link) => text(link.inner, 'TileMatrixSet')),
    formats: elements(inner, 'Format').map((format) => unescaped(format.inner)),
    style: chosen ? text(chosen.inner, 'Identifier') : '',
    template: resource && attribute(resource.attributes, 'template'),
    bounds: corners.length === 4 && corners.every(Number.isFinite) ? (corners as unknown as Bounds) : null,
  };
}

/** Where GetTile is asked with key and value; '' where the service does not say. */
function tileAddress(xml: string): string {
  const operation = elements(xml, 'Operation').find(({ attributes }) => attribute(attributes, 'name') === 'GetTile');
  const gets = elements(operation?.inner ?? '', 'Get');
  const keyed = gets.find(({ inner }) => /KVP/u.test(inner)) ?? gets[0];
  return keyed ? attribute(keyed.attributes, 'href') : '';
}

/** What the person wrote beside the service's own words: keys, tokens. */
function ownParameters(url: string): [string, string][] {
  return [...new URL(url).searchParams].filter(([name]) => !/^(service|request|version|layer|style|format|tilematrix\w*|tilerow|tilecol)$/iu.test(name));
}

function addressOf(xml: string, url: string, offer: Offer, set: string, tiles: MatrixSet): TileService['address'] {
  const format = offer.formats.find((each) => PICTURES.includes(each)) ?? 'image/png';
  const own = ownParameters(url);
  const withOwn = (address: URL): string => {
    for (const [name, value] of own) if (!address.searchParams.has(name)) address.searchParams.append(name, value);
    return address.href;
  };
  if (offer.template) {
    return (level, x, y) => {
      const values: Record<string, string | number> = { tilematrixset: set, tilematrix: tiles.names.get(level)!, tilerow: y, tilecol: x, style: offer.style };
      return withOwn(new URL(offer.template!.replace(/\{([^{}]+)\}/gu, (_, name: string) => encodeURIComponent(values[name.toLowerCase()] ?? 'default')), url));
    };
  }
  const base = new URL(tileAddress(xml) || new URL(url).pathname, url);
  return (level, x, y) => {
    const asked = new URL(base);
    const values = { SERVICE: 'WMTS', REQUEST: 'GetTile', VERSION: '1.0.0', LAYER: offer.layer, STYLE: offer.style, FORMAT: format, TILEMATRIXSET: set, TILEMATRIX: tiles.names.get(level)!, TILEROW: y, TILECOL: x };
    for (const [name, value] of Object.entries(values)) asked.searchParams.set(name, String(value));
    return withOwn(asked);
  };
}

/**
 * A service by the capabilities of a WMTS 1.0.0. Shown are matrix sets in Web Mercator (EPSG:3857 and its other names) and in degrees (EPSG:4326, 4490, CRS84)
 * that cut the whole world by halves.
 * @param url of the capabilities, absolute
 * @throws TwinError `bad-input` where it is no capabilities, `not-found` where it lacks the layer, `unsupported` where nothing of it can be shown
 */
export function wmtsService(xml: string, url: string, options: ServiceOptions): TileService {
  const where = shownUrl(url);
  if (xml.length > MOST || !/<(?:[\w.-]+:)?Capabilities[\s>]/u.test(xml)) throw new TwinError('bad-input', `${where} answers with something that is no WMTS capabilities. Give a template with {z}, {x} and {y}, or the address of a WMTS (…?SERVICE=WMTS&REQUEST=GetCapabilities).`, { where });
  const contents = text(xml, 'Contents') ? elements(xml, 'Contents')[0].inner : xml;
  const offers = elements(contents, 'Layer').map(({ inner }) => offerOf(inner)).filter(({ layer }) => layer !== '');
  const sets = new Map(elements(contents.replace(/<(?:[\w.-]+:)?Layer>[\s\S]*?<\/(?:[\w.-]+:)?Layer>/gu, ''), 'TileMatrixSet').map(({ inner }) => [text(inner, 'Identifier'), matrixSet(inner)]));
  const names = offers.map(({ layer }) => layer);
  const wanted = options.layer === undefined ? offers : offers.filter(({ layer }) => layer === options.layer);
  if (wanted.length === 0) throw new TwinError('not-found', options.layer === undefined ? `The WMTS ${where} offers no layer.` : `The WMTS ${where} has no layer “${options.layer}”; it has ${some(names)}.`, { where });
  for (const offer of wanted) {
    if (!offer.template && offer.formats.length > 0 && !offer.formats.some((format) => PICTURES.includes(format))) continue;
    const usable = offer.sets.filter((name) => typeof sets.get(name) === 'object');
    const set = usable.find((name) => (sets.get(name) as MatrixSet).grid === 'mercator') ?? usable[0];
    if (set === undefined) continue;
    const tiles = sets.get(set) as MatrixSet;
    const levels = [...tiles.names.keys()];
    const others = names.filter((name) => name !== offer.layer);
    return {
      grid: tiles.grid, datum: options.datum ?? 'wgs84', tileSize: tiles.tileSize, levels: options.levels ?? [Math.min(...levels), Math.max(...levels)], bounds: options.bounds ?? offer.bounds, credits: [],
      note: options.layer === undefined && others.length > 0 ? { zh: `显示图层 ${offer.layer}，另有 ${some(others)}`, en: `shows the layer ${offer.layer}; there are also ${some(others)}` } : null,
      address: addressOf(xml, url, offer, set, tiles),
    };
  }
  const systems = [...new Set(wanted.flatMap((offer) => offer.sets.map((name) => sets.get(name)).filter((set) => typeof set === 'string')))];
  const what = wanted.length === 1 ? `its layer “${wanted[0].layer}”` : 'its layers';
  throw new TwinError('unsupported', systems.length > 0
    ? `The WMTS ${where} offers ${what} in ${some(systems)} only; shown are Web Mercator (EPSG:3857) and degrees (EPSG:4326, EPSG:4490). Ask its operator for one of these.`
    : `The WMTS ${where} offers ${what} not as pictures (${some([...new Set(wanted.flatMap(({ formats }) => formats))]) || 'no format'}); PNG, JPEG and WebP are shown.`, { where });
}

function some(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} …` : names.join(', ');
}
