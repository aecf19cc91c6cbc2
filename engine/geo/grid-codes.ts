/** West, south, east, north in degrees. */
export type Bounds = readonly [west: number, south: number, east: number, north: number];

/** A division of the Earth into cells of one level, each with a code: columns count eastward, rows northward. */
export interface CodeGrid {
  column(lon: number): number;
  row(lat: number): number;
  code(column: number, row: number): string;
  bounds(column: number, row: number): Bounds;
}

/** Units a degree: 1/2048 of an arc-second, the BeiDou code's finest. */
const UNITS = 3600 * 2048;
/** Added before rounding down: a thousandth of what binary doubles lose on a cell's edge would be too little, a billionth of a cell is nothing. */
const EDGE = 1e-6;
/** Cells' widths and heights in units, by level 1 … 10. @source GB/T 39409-2020, table of levels */
const WIDTHS = [0, 6 * UNITS, UNITS / 2, UNITS / 4, UNITS / 60, UNITS / 900, UNITS / 1800, 512, 64, 8, 1];
const HEIGHTS = [0, 4 * UNITS, UNITS / 2, UNITS / 6, UNITS / 60, UNITS / 900, UNITS / 1800, 512, 64, 8, 1];
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUV';
/** Levels written as one digit in Z order: 2 · row + column. */
const Z_LEVELS: ReadonlySet<number> = new Set([3, 6]);
/** Degrees north and south past which the code has another scheme (chapter 5.3), which is not spoken here. */
const POLAR = 88;

function hex(value: number): string {
  return value.toString(16).toUpperCase();
}

/**
 * BeiDou grid location code of a place, `level` 1 … 10 (level 4 is 1′, level 5 is 4″). Inside every hemisphere cells count away from the equator and from the prime meridian.
 * @returns '' past 88° north or south
 * @source GB/T 39409-2020
 */
export function beidouCode(lon: number, lat: number, level: number): string {
  if (!(Math.abs(lat) < POLAR) || !(Math.abs(lon) <= 180)) return '';
  let x = Math.min(180 * UNITS - 1, Math.floor(Math.abs(lon) * UNITS + EDGE));
  let y = Math.floor(Math.abs(lat) * UNITS + EDGE);
  const zone = Math.floor(x / WIDTHS[1]);
  const letter = Math.floor(y / HEIGHTS[1]);
  let code = `${lat < 0 ? 'S' : 'N'}${String(lon < 0 ? 30 - zone : 31 + zone).padStart(2, '0')}${LETTERS[letter]}`;
  x -= zone * WIDTHS[1];
  y -= letter * HEIGHTS[1];
  for (let at = 2; at <= level; at++) {
    const [column, row] = [Math.floor(x / WIDTHS[at]), Math.floor(y / HEIGHTS[at])];
    code += Z_LEVELS.has(at) ? String(2 * row + column) : hex(column) + hex(row);
    x -= column * WIDTHS[at];
    y -= row * HEIGHTS[at];
  }
  return code;
}

/** Quadkey of a place at a zoom level 1 … 23 of the Web Mercator pyramid. @source Bing Maps Tile System */
export function quadkey(lon: number, lat: number, level: number): string {
  const grid = quadkeyGrid(level);
  return grid.code(grid.column(lon), grid.row(lat));
}

function beidouGrid(level: number): CodeGrid {
  const [width, height] = [WIDTHS[level] / UNITS, HEIGHTS[level] / UNITS];
  // A place on an edge belongs to the cell farther from the equator and the prime meridian, as in the code.
  const index = (value: number, size: number): number => (value < 0 ? -1 : 1) * Math.floor(Math.abs(value) / size + EDGE / UNITS) - (value < 0 ? 1 : 0);
  return {
    column: (lon) => index(lon, width),
    row: (lat) => index(lat, height),
    code: (column, row) => beidouCode((column + 0.5) * width, (row + 0.5) * height, level),
    bounds: (column, row) => [column * width, row * height, (column + 1) * width, (row + 1) * height],
  };
}

/** Latitude at which the square of Web Mercator ends. */
const MERCATOR = 85.051_128_78;

function quadkeyGrid(level: number): CodeGrid {
  const tiles = 2 ** level;
  /** Rows northward from the south edge, where tiles count southward from the north. */
  const latOf = (row: number): number => (Math.atan(Math.sinh(Math.PI * (2 * (row / tiles) - 1))) * 180) / Math.PI;
  return {
    column: (lon) => Math.min(tiles - 1, Math.max(0, Math.floor(((lon + 180) / 360) * tiles))),
    row(lat) {
      const sine = Math.sin((Math.max(-MERCATOR, Math.min(MERCATOR, lat)) * Math.PI) / 180);
      const y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
      return tiles - 1 - Math.min(tiles - 1, Math.max(0, Math.floor(y * tiles)));
    },
    code(column, row) {
      const y = tiles - 1 - row;
      let key = '';
      for (let bit = level - 1; bit >= 0; bit--) key += String(((column >> bit) & 1) + 2 * ((y >> bit) & 1));
      return key;
    },
    bounds: (column, row) => [(column / tiles) * 360 - 180, latOf(row), ((column + 1) / tiles) * 360 - 180, latOf(row + 1)],
  };
}

/** @param level BeiDou 1 … 10, quadkey 1 … 23; others are brought into that range */
export function codeGrid(name: 'beidou' | 'quadkey', level: number): CodeGrid {
  const whole = Math.round(level);
  return name === 'beidou' ? beidouGrid(Math.min(10, Math.max(1, whole))) : quadkeyGrid(Math.min(23, Math.max(1, whole)));
}
