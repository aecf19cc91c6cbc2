import type { Credit, LayerInput, LayerType, Text } from '#engine';

export interface ImageryOptions {
  /**
   * Where the pictures come from: a template with `{z}`, `{x}` and `{y}` (`{-y}` counts from the south, `{s}` goes through `subdomains`), a WMTS template with
   * `{TileMatrix}`, `{TileCol}`, `{TileRow}`, the capabilities of a WMTS, or a service of 天地图 (`…tianditu.gov.cn/vec_w/wmts?tk=…`). Relative to the page.
   */
  readonly url: string;
  readonly title?: Text;
  /** Below the city's own map and not over it. */
  readonly under?: boolean;
  /** Rows count from the south, as in TMS. */
  readonly tms?: boolean;
  /** For `{s}`: 'abc' when not given. */
  readonly subdomains?: string;
  /** Levels that exist: 0 … 18 when neither given nor told by the service. */
  readonly levels?: readonly [least: number, most: number];
  /** west, south, east, north in degrees; everywhere when neither given nor told by the service. */
  readonly bounds?: readonly [number, number, number, number];
  /** A template's tiling: Web Mercator, or degrees with two tiles at level 0. */
  readonly grid?: 'mercator' | 'degrees';
  /** Pictures drawn in the shifted system GCJ-02 (高德, 腾讯, Google's maps of China) are put where they belong. */
  readonly datum?: 'wgs84' | 'gcj02';
  /** Layer of a WMTS: its identifier; the first one it can show when not given. */
  readonly layer?: string;
  readonly credits?: readonly Credit[];
}

/** Pictures of the ground from any tile service, laid over or under the city's own map. */
export function imagery(input: ImageryOptions): LayerInput {
  const { url, title, credits, ...options } = input;
  return { type: 'imagery', url, ...(title && { title }), ...(credits && { credits: credits.map((credit) => ({ ...credit })) }), options: structuredClone(options) };
}

export const imageryLayer: LayerType = {
  type: 'imagery',
  title: { zh: '影像底图', en: 'Imagery' },
  create: async () => new (await import('./imagery-layer.ts')).ImageryLayer(),
};
