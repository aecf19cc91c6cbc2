import { AMERSFOORT, BD72, BEIJING54, CH1903, DHDN, HK80, MGI, OSGB36, S_JTSK } from './systems.ts';

/** `KEYWORD[value, …]`; keywords in upper case. */
interface Node {
  readonly keyword: string;
  readonly values: readonly (string | number | Node)[];
}

/** What a well-known text says. */
export interface WktSystem {
  readonly name: string;
  /** EPSG code of the horizontal system, where the text gives one. */
  readonly code?: number;
  /** A PROJ string from the text's own numbers; absent for a method that is not known here. */
  readonly definition?: `+proj=${string}`;
  /** The datum, where neither the text nor we know its way to WGS 84. */
  readonly loose?: string;
}

const LONGEST = 65_536;
const DEEPEST = 32;

/**
 * A reference system from WKT 1 (OGC or ESRI, as in .prj files) or WKT 2; of a compound system the horizontal part. Axis order is not asked:
 * files of coordinates have x (east) first whatever their text says. undefined where it is no such text, or a system without a horizontal part.
 * @source OGC 01-009 (WKT 1), ISO 19162:2019 (WKT 2)
 */
export function readWkt(text: string): WktSystem | undefined {
  const root = text.length <= LONGEST ? parse(text) : undefined;
  const found = root && horizontal(root);
  if (!found) return undefined;
  const { node, shift } = found;
  const geographic = isGeographic(node) ? node : child(node, 'GEOGCS', 'BASEGEOGCRS', 'BASEGEODCRS', 'GEOGCRS');
  if (!geographic) return undefined;
  const name = String(node.values[0] ?? '');
  const datum = datumOf(geographic, shift);
  // Places in gradians would need a unit that PROJ strings do not have.
  if (!datum || (node === geographic && degreesIn(geographic) !== 1)) return { name, code: codeOf(node) };
  const projection = node === geographic ? '+proj=longlat' : projectionOf(node, geographic);
  return { name, code: codeOf(node), definition: projection === undefined ? undefined : (`${projection} ${datum.text}` as `+proj=${string}`), loose: datum.loose };
}

function parse(text: string): Node | undefined {
  const token = /\s*(?:"((?:[^"]|"")*)"|([A-Za-z_][\w]*)\s*([[(])|([-+]?[\d.]+(?:[eE][-+]?\d+)?)|([A-Za-z_]\w*)|([\])])|,)/uy;
  const open: { keyword: string; values: (string | number | Node)[] }[] = [];
  for (;;) {
    const at = token.lastIndex;
    const found = token.exec(text);
    if (!found || token.lastIndex === at) return undefined;
    const [, quoted, keyword, , number, word, close] = found;
    if (keyword !== undefined) {
      if (open.length >= DEEPEST) return undefined;
      open.push({ keyword: keyword.toUpperCase(), values: [] });
    } else if (close !== undefined) {
      const node = open.pop();
      if (!node || open.length === 0) return node;
      open.at(-1)!.values.push(node);
    } else {
      const value = quoted === undefined ? (number === undefined ? word : Number(number)) : quoted.replaceAll('""', '"');
      if (value === undefined) continue;
      if (open.length === 0) return undefined;
      open.at(-1)!.values.push(value);
    }
  }
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function child(node: Node, ...keywords: readonly string[]): Node | undefined {
  return node.values.find((value): value is Node => isNode(value) && keywords.includes(value.keyword));
}

const numbers = (node: Node): number[] => node.values.filter((value) => typeof value === 'number');
const isGeographic = (node: Node): boolean => /^(GEOGCS|GEOGCRS|GEOGRAPHICCRS|GEODCRS|GEODETICCRS)$/u.test(node.keyword);

/** The horizontal system of a text, and the shift of a bound one. */
function horizontal(node: Node, shift?: readonly number[]): { node: Node; shift?: readonly number[] } | undefined {
  if (node.keyword === 'BOUNDCRS') {
    const source = child(node, 'SOURCECRS')?.values.find(isNode);
    const parameters = child(node, 'ABRIDGEDTRANSFORMATION')?.values.filter((value): value is Node => isNode(value) && value.keyword === 'PARAMETER') ?? [];
    const given = parameters.map((each) => numbers(each)[0]).filter(Number.isFinite);
    return source && horizontal(source, given.length === 3 || given.length === 7 ? given : undefined);
  }
  if (/^(COMPD_CS|COMPOUNDCRS)$/u.test(node.keyword)) {
    const parts = node.values.filter(isNode).map((part) => horizontal(part, shift));
    return parts.find((part) => part !== undefined);
  }
  if (/^(PROJCS|PROJCRS|PROJECTEDCRS)$/u.test(node.keyword)) return { node, shift };
  const geocentric = String(child(node, 'CS')?.values[0] ?? '').toLowerCase() === 'cartesian';
  return isGeographic(node) && !geocentric ? { node, shift } : undefined;
}

function codeOf(node: Node): number | undefined {
  const authority = child(node, 'AUTHORITY', 'ID');
  const code = Number(authority?.values[1]);
  return authority && String(authority.values[0]).toUpperCase() === 'EPSG' && Number.isInteger(code) ? code : undefined;
}

/** Datums known by name, for texts without TOWGS84; ESRI writes D_ before the name. */
const datums: readonly (readonly [name: RegExp, text: string])[] = [
  [/^Deutsches_?Hauptdreiecksnetz|^DHDN/iu, DHDN],
  [/^Amersfoort/iu, AMERSFOORT],
  [/^OSGB_?(19)?36|^Ordnance_Survey_of_Great_Britain/iu, OSGB36],
  [/^CH_?1903/iu, CH1903],
  [/^Hong_?Kong_(19)?80/iu, HK80],
  [/^S_JTSK|^System_(of_the_Unified|Jednotne)/iu, S_JTSK],
  [/^MGI$|^Militar_Geographische/iu, MGI],
  [/^Belge_1972|^Reseau_National_Belge_1972/iu, BD72],
  [/^Beijing_1954/iu, BEIJING54],
];

function datumOf(geographic: Node, bound: readonly number[] | undefined): { text: string; loose?: string } | undefined {
  const datum = child(geographic, 'DATUM', 'ENSEMBLE', 'GEODETICDATUM', 'TRF');
  const [axis, inverse] = numbers(child(datum ?? geographic, 'SPHEROID', 'ELLIPSOID') ?? { keyword: '', values: [] });
  if (!datum || !(axis > 6e6 && axis < 7e6) || !(inverse === 0 || inverse > 100)) return undefined;
  const [meridian] = numbers(child(geographic, 'PRIMEM', 'PRIMEMERIDIAN') ?? { keyword: '', values: [] });
  const prime = meridian ? ` +pm=${meridian * degreesIn(geographic)}` : '';
  const figure = inverse === 0 ? `+a=${axis} +b=${axis}` : `+a=${axis} +rf=${inverse}`;
  const shift = bound ?? numbers(child(datum, 'TOWGS84') ?? { keyword: '', values: [] });
  if (shift.length === 3 || shift.length === 7) return { text: `${figure} +towgs84=${shift.join(',')}${prime}` };
  const name = String(datum.values[0] ?? '').replace(/^D_/u, '').replaceAll(/[\s-]+/gu, '_');
  const known = datums.find(([pattern]) => pattern.test(name));
  if (known) return { text: `${known[1]}${prime}`, loose: known[1] === BEIJING54 ? 'Beijing 1954' : undefined };
  // An ellipsoid other than GRS 80 and WGS 84 is a datum of its own: tens to hundreds of metres away.
  const modern = Math.abs(axis - 6378137) < 0.01 && Math.abs(inverse - 298.2572) < 0.001;
  return { text: `${figure}${prime}`, loose: modern ? undefined : name.replaceAll('_', ' ') };
}

/** Degrees in a unit of the geographic system's angles. */
function degreesIn(geographic: Node): number {
  const [radians] = numbers(child(geographic, 'UNIT', 'ANGLEUNIT') ?? { keyword: '', values: [] });
  const factor = radians > 0 ? (radians * 180) / Math.PI : 1;
  return Math.abs(factor - 1) < 1e-6 ? 1 : factor;
}

/** PROJ's name of a projection, by any of its names without spaces and signs. */
const methods: Readonly<Record<string, string>> = {
  gausskruger: 'tmerc', transversemercator: 'tmerc', transversemercatorcomplex: 'tmerc',
  lambertconformalconic: 'lcc', lambertconformalconic1sp: 'lcc', lambertconformalconic2sp: 'lcc', lambertconicconformal1sp: 'lcc', lambertconicconformal2sp: 'lcc',
  mercator: 'merc', mercator1sp: 'merc', mercator2sp: 'merc', mercatorvarianta: 'merc', mercatorvariantb: 'merc',
  mercatorauxiliarysphere: 'pseudo', popularvisualisationpseudomercator: 'pseudo',
  albers: 'aea', albersconicequalarea: 'aea', albersequalarea: 'aea', lambertazimuthalequalarea: 'laea',
  obliquestereographic: 'sterea', doublestereographic: 'sterea',
  hotineobliquemercatorazimuthcenter: 'omerc', hotineobliquemercatorvariantb: 'omerc', swissobliquecylindrical: 'somerc', swissobliquemercator: 'somerc',
  krovak: 'krovak', krovaknorthorientated: 'krovak', cassini: 'cass', cassinisoldner: 'cass',
  equirectangular: 'eqc', platecarree: 'eqc', equidistantcylindrical: 'eqc',
};

const parameters: readonly (readonly [name: RegExp, key: string])[] = [
  [/^(falseeasting|eastingat.*)$/u, 'x_0'],
  [/^(falsenorthing|northingat.*)$/u, 'y_0'],
  [/^(centralmeridian|longitudeof.*)$/u, 'lon_0'],
  [/^(standardparallel1|latitudeof1ststandardparallel|latitudeofstandardparallel|standardparallel)$/u, 'lat_1'],
  [/^(standardparallel2|latitudeof2ndstandardparallel)$/u, 'lat_2'],
  [/^latitudeofpseudostandardparallel$|^pseudostandardparallel1$/u, 'lat_p'],
  [/^(centralparallel|latitudeof.*)$/u, 'lat_0'],
  [/^scalefactor.*$/u, 'k'],
  [/^(azimuth|azimuthofinitialline|azimuthatprojectioncentre|colatitudeofconeaxis)$/u, 'alpha'],
  [/^(rectifiedgridangle|anglefromrectifiedtoskewgrid)$/u, 'gamma'],
];

const plain = (text: unknown): string => String(text ?? '').toLowerCase().replaceAll(/[^a-z0-9]/gu, '');

function projectionOf(node: Node, geographic: Node): string | undefined {
  const conversion = child(node, 'CONVERSION') ?? node;
  let method = methods[plain(child(conversion, 'PROJECTION', 'METHOD')?.values[0])];
  const [metres = 1] = numbers(child(node, 'UNIT', 'LENGTHUNIT') ?? child(child(node, 'AXIS') ?? node, 'LENGTHUNIT') ?? { keyword: '', values: [] });
  // GDAL writes Web Mercator as an ordinary one with an extension.
  if (method === 'merc' && String(child(node, 'EXTENSION')?.values[1] ?? '').includes('@null')) method = 'pseudo';
  if (!method || !(metres > 0)) return undefined;
  const angle = degreesIn(geographic);
  const given = new Map<string, number>();
  for (const each of conversion.values) {
    if (!isNode(each) || each.keyword !== 'PARAMETER') continue;
    const name = plain(each.values[0]);
    const key = parameters.find(([pattern]) => pattern.test(name))?.[1];
    const [value] = numbers(each);
    if (!key || !Number.isFinite(value)) continue;
    // WKT 2 gives every parameter its unit; WKT 1 takes the system's.
    const own = numbers(child(each, 'LENGTHUNIT') ?? child(each, 'ANGLEUNIT') ?? { keyword: '', values: [] })[0];
    const factor = key === 'k' ? 1 : key === 'x_0' || key === 'y_0' ? (own ?? metres) : own === undefined ? angle : (own * 180) / Math.PI;
    given.set(key, Math.abs(factor - 1) < 1e-9 ? value : value * factor);
  }
  const unit = metres === 1 ? '' : ` +to_meter=${metres}`;
  const get = (key: string, other = 0): number => given.get(key) ?? other;
  if (method === 'pseudo') return `+proj=merc +a=6378137 +b=6378137 +lon_0=${get('lon_0')} +x_0=${get('x_0')} +y_0=${get('y_0')} +k=1 +nadgrids=@null${unit}`;
  if (method === 'omerc' && Math.abs(get('alpha', 90) - 90) < 1e-9) method = 'somerc';
  return `+proj=${method} ${shapeOf(method, get, given)} +x_0=${get('x_0')} +y_0=${get('y_0')}${unit}`;
}

function shapeOf(method: string, get: (key: string, other?: number) => number, given: ReadonlyMap<string, number>): string {
  const [lat, lon, k] = [get('lat_0'), get('lon_0'), get('k', 1)];
  if (method === 'lcc') {
    const first = get('lat_1', lat);
    return `+lat_1=${first} +lat_2=${get('lat_2', first)} +lat_0=${given.has('lat_0') ? lat : first} +lon_0=${lon} +k_0=${k}`;
  }
  if (method === 'aea') return `+lat_1=${get('lat_1')} +lat_2=${get('lat_2')} +lat_0=${lat} +lon_0=${lon}`;
  if (method === 'merc') return given.has('lat_1') ? `+lat_ts=${get('lat_1')} +lon_0=${lon}` : `+lon_0=${lon} +k=${k}`;
  if (method === 'eqc') return `+lat_ts=${get('lat_1')} +lat_0=${lat} +lon_0=${lon}`;
  if (method === 'omerc') return `+lat_0=${lat} +lonc=${lon} +alpha=${get('alpha')} +gamma=${get('gamma', get('alpha'))} +k=${k}`;
  if (method === 'krovak') return `+lat_0=${lat} +lon_0=${lon} +alpha=${get('alpha', 30.28813975277778)} +k=${k}`;
  return `+lat_0=${lat} +lon_0=${lon} +k=${k}`;
}
