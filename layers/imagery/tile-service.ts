import { shownUrl, TwinError, type Credit, type Text } from '#engine';

export type Bounds = readonly [west: number, south: number, east: number, north: number];

/** Where tiles come from, once it is known how they are cut. */
export interface TileService {
  /** `mercator`: level n is 2ⁿ tiles each way, from the north-west. `degrees`: a tile of level n spans 360 / 2ⁿ degrees each way, from −180, 90. */
  readonly grid: 'mercator' | 'degrees';
  readonly datum: 'wgs84' | 'gcj02';
  /** Pixels on a side. */
  readonly tileSize: number;
  readonly levels: readonly [least: number, most: number];
  readonly bounds: Bounds | null;
  readonly credits: readonly Credit[];
  /** What a person should know of what was chosen; null when nothing. */
  readonly note: Text | null;
  address(level: number, x: number, y: number): string;
}

/** What a layer's document may say about its service; see {@link ImageryOptions}. */
export interface ServiceOptions {
  readonly tms?: boolean;
  readonly subdomains?: string;
  readonly levels?: readonly [number, number];
  readonly bounds?: Bounds;
  readonly grid?: 'mercator' | 'degrees';
  readonly datum?: 'wgs84' | 'gcj02';
  readonly layer?: string;
}

/** A URL fit to be shown though it has braces in it: neither user nor query, which may hold a key. */
export function shownTemplate(url: string): string {
  return shownUrl(url.replace(/[{}]/gu, '')).replace(/%7B|%7D/giu, '');
}

const TEMPLATE = /\{(z|x|-?y|tilematrix|tilerow|tilecol)\}/iu;

/** Whether an address is a template and needs no capabilities. */
export function isTemplate(url: string): boolean {
  return TEMPLATE.test(url);
}

/** A service by its template. @throws TwinError `bad-input` where a part of it is missing or unknown */
export function templateService(url: string, options: ServiceOptions): TileService {
  const where = shownTemplate(url);
  const asked = new Set([...url.matchAll(/\{([^{}]+)\}/gu)].map(([, name]) => name.toLowerCase()));
  const has = (...names: string[]): boolean => names.some((name) => asked.has(name));
  const missing = [[['z', 'tilematrix'], '{z}'], [['x', 'tilecol'], '{x}'], [['y', '-y', 'tilerow'], '{y}']].find(([names]) => !has(...(names as string[])));
  if (missing) throw new TwinError('bad-input', `The address ${where} lacks ${String(missing[1])}: a tile template needs {z}, {x} and {y}.`, { where });
  const unknown = [...asked].find((name) => !['z', 'x', 'y', '-y', 's', 'tilematrix', 'tilecol', 'tilerow'].includes(name));
  if (unknown) throw new TwinError('bad-input', `The address ${where} has {${unknown}}, which nothing fills; put its value into the address (known are {z}, {x}, {y}, {-y}, {s}, {TileMatrix}, {TileCol}, {TileRow}).`, { where });
  const grid = options.grid ?? 'mercator';
  // In degrees a service's level 0 has two tiles: one of 180 degrees each way, which is level 1 here.
  const shift = grid === 'degrees' ? 1 : 0;
  const subdomains = options.subdomains && options.subdomains.length > 0 ? options.subdomains : 'abc';
  const [least, most] = options.levels ?? [0, 18];
  return {
    grid, datum: options.datum ?? 'wgs84', tileSize: 256, levels: [least + shift, most + shift], bounds: options.bounds ?? null, credits: [], note: null,
    address(level, x, y) {
      const rows = 2 ** (level - shift);
      const values: Record<string, string | number> = {
        z: level - shift, tilematrix: level - shift, x, tilecol: x, y: options.tms ? rows - 1 - y : y, tilerow: options.tms ? rows - 1 - y : y, '-y': rows - 1 - y,
        s: subdomains[(x + y) % subdomains.length],
      };
      return url.replace(/\{([^{}]+)\}/gu, (_, name: string) => String(values[name.toLowerCase()]));
    },
  };
}

const TIANDITU = /\/(\w{3,})_([wc])\/wmts\/?$/u;

/** Whether an address is a service of 天地图, whose pictures can be had without asking for its capabilities. */
export function isTianditu(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, pathname, searchParams } = new URL(url);
  return /(^|\.)tianditu\.gov\.cn$/u.test(hostname) && TIANDITU.test(pathname) && !/capabilities/iu.test(searchParams.get('request') ?? searchParams.get('REQUEST') ?? '');
}

/** A service of 天地图: `_w` is Web Mercator, `_c` degrees of CGCS2000. @throws TwinError `bad-input` without its key */
export function tiandituService(url: string, options: ServiceOptions): TileService {
  const base = new URL(url);
  const key = base.searchParams.get('tk');
  const where = shownUrl(url);
  if (!key) throw new TwinError('bad-input', `天地图 needs a key: add ?tk=… to ${where}.`, { where });
  const [, layer, set] = TIANDITU.exec(base.pathname)!;
  return {
    grid: set === 'w' ? 'mercator' : 'degrees', datum: 'wgs84', tileSize: 256, levels: options.levels ?? [1, layer === 'ter' ? 14 : 18], bounds: options.bounds ?? null,
    credits: [{ text: { zh: '天地图', en: 'Tianditu' }, url: 'https://www.tianditu.gov.cn' }], note: null,
    address(level, x, y) {
      const asked = new URL(base);
      const values = { SERVICE: 'WMTS', REQUEST: 'GetTile', VERSION: '1.0.0', LAYER: layer, STYLE: 'default', TILEMATRIXSET: set, FORMAT: 'tiles', TILEMATRIX: level, TILEROW: y, TILECOL: x, tk: key };
      asked.search = Object.entries(values).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
      return asked.href;
    },
  };
}
