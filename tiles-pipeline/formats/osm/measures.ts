/** A length in metres: `12`, `12.5 m`, `12,5`, `40 ft`, `40'`, `12'6"`; NaN for anything else. @source OSM wiki, Map features/Units */
export function metres(text: string | undefined): number {
  const match = /^\s*(-?\d+(?:[.,]\d+)?)\s*(m|metres?|meters?|ft|feet|cm|'(?:\s*(\d+(?:\.\d+)?)\s*(?:"|''))?)?\s*$/iu.exec(text ?? '');
  if (!match) return Number.NaN;
  const value = Number(match[1].replace(',', '.'));
  const unit = (match[2] ?? 'm').toLowerCase();
  if (unit.startsWith("'")) return value * 0.3048 + Number(match[3] ?? 0) * 0.0254;
  if (unit === 'cm') return value / 100;
  return unit.startsWith('f') ? value * 0.3048 : value;
}

/** Degrees clockwise from north: `95`, `95°`, `SSW`; NaN for anything else. @source OSM wiki, Key:direction */
export function heading(text: string | undefined): number {
  const words = ['N', 'NNE', 'NE', 'ENE', 'E', 'ESE', 'SE', 'SSE', 'S', 'SSW', 'SW', 'WSW', 'W', 'WNW', 'NW', 'NNW'];
  const word = words.indexOf((text ?? '').trim().toUpperCase());
  if (word >= 0) return word * 22.5;
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*°?\s*$/u.exec(text ?? '');
  return match ? ((Number(match[1]) % 360) + 360) % 360 : Number.NaN;
}

export type Rgb = readonly [number, number, number];

/** sRGB of the colour names that buildings are tagged with. @source CSS Color Module Level 4, 6.1 */
const NAMES: Readonly<Record<string, string>> = {
  black: '000000', white: 'ffffff', gray: '808080', grey: '808080', silver: 'c0c0c0', red: 'ff0000', maroon: '800000', yellow: 'ffff00', olive: '808000', lime: '00ff00', green: '008000', aqua: '00ffff', cyan: '00ffff', teal: '008080', blue: '0000ff', navy: '000080', purple: '800080', fuchsia: 'ff00ff', magenta: 'ff00ff', orange: 'ffa500', brown: 'a52a2a', beige: 'f5f5dc', ivory: 'fffff0', pink: 'ffc0cb', tan: 'd2b48c', gold: 'ffd700', wheat: 'f5deb3', khaki: 'f0e68c', salmon: 'fa8072', firebrick: 'b22222', lightgrey: 'd3d3d3', lightgray: 'd3d3d3', darkgrey: 'a9a9a9', darkgray: 'a9a9a9', dimgrey: '696969', dimgray: '696969', darkred: '8b0000', lightblue: 'add8e6', lightyellow: 'ffffe0', lightgreen: '90ee90', darkgreen: '006400', sandybrown: 'f4a460', sienna: 'a0522d', peachpuff: 'ffdab9', indianred: 'cd5c5c', terracotta: 'e2725b', cream: 'fffdd0',
};

/** Tones of materials, muted as they look in the light. */
const MATERIALS: Readonly<Record<string, string>> = {
  brick: 'a9715d', bricks: 'a9715d', concrete: 'bab7b0', glass: '9fb4bf', mirror: '9fb4bf', metal: 'aeb1b3', steel: 'aeb1b3', aluminium: 'b9bcbd', zinc: '9aa0a2', copper: '86ab9a', stone: 'b3aa9b', sandstone: 'cbb592', limestone: 'd2c9b4', granite: 'a5a09a', marble: 'e2ded6', wood: '9c7a55', timber_framing: 'd8cfc0', plaster: 'e2dbcd', stucco: 'e2dbcd', cement_block: 'b5b2ab', adobe: 'b99a72', roof_tiles: 'a3614c', tile: 'a3614c', tiles: 'a3614c', slate: '60656b', thatch: '9b8458', tar_paper: '6d6b69', bitumen: '6d6b69', gravel: '9f9a91', grass: '8c9d6c', asphalt: '77767a', eternit: '9b9c99',
};

/** A colour as OSM writes it: `#DDB692`, `#fff`, a name. */
export function colourOf(text: string | undefined): Rgb | undefined {
  const word = (text ?? '').trim().toLowerCase();
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/u.exec(word)?.[1] ?? (Object.hasOwn(NAMES, word) ? NAMES[word] : undefined);
  return hex === undefined ? undefined : rgb(hex);
}

export function materialColour(text: string | undefined): Rgb | undefined {
  const word = (text ?? '').trim().toLowerCase();
  return Object.hasOwn(MATERIALS, word) ? rgb(MATERIALS[word]) : undefined;
}

function rgb(hex: string): Rgb {
  const long = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  return [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16)) as unknown as Rgb;
}
