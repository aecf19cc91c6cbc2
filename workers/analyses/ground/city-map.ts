import { DEGREE } from '#geo';
import type { AnalysisContext } from '../context.ts';
import type { FeatureColumns } from '../geometry/feature-columns.ts';
import { openFlatGeobuf } from '../geometry/flatgeobuf.ts';

/** Units of the map's own plane: pixels of 512-pixel tiles at this level, counted from the city's middle. Small enough for a canvas's float32. */
const LEVEL = 18;
export const WORLD = 512 * 2 ** LEVEL;

/** Web Mercator, 0 … 1 from the north-west. @source EPSG 1024 (spherical) */
export function mercator(lon: number, lat: number): [number, number] {
  const sine = Math.sin(Math.max(-85.0511, Math.min(85.0511, lat)) * DEGREE);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

/** Drawable shapes of one look: paths in the map's units with their boxes. */
export interface Shapes {
  readonly paths: readonly Path2D[];
  /** [4n] least x, y, greatest x, y in units. */
  readonly boxes: Float32Array;
}

export interface RoadShapes extends Shapes {
  readonly class: string;
  /** Metres from edge to edge. */
  readonly metres: number;
  readonly lanes: number;
  readonly oneway: boolean;
  readonly bridge: boolean;
}

/** Where three and more roads meet: [3n] x, y in units and the widest road's metres, with that road's class. */
export interface Junctions {
  readonly places: Float32Array;
  readonly classes: readonly string[];
}

export interface CityMap {
  /** Normalised Mercator place the units count from. */
  readonly origin: readonly [number, number];
  /** Units a metre at the city's latitude. */
  readonly unitsPerMetre: number;
  readonly areas: ReadonlyMap<string, Shapes>;
  /** Outlines of the water where it meets land: without the straight cuts of map tiles and of the city's bounds. */
  readonly shores: Shapes;
  readonly roads: readonly RoadShapes[];
  readonly junctions: Junctions;
}

const LANE = 3.25;
const LANES: Readonly<Record<string, number>> = { motorway: 6, trunk: 6, primary: 4, secondary: 4, tertiary: 2, residential: 2, service: 1, path: 1, rail: 1 };
/** Metres beside the lanes: hard shoulders, gutters, parking. */
const SHOULDERS: Readonly<Record<string, number>> = { motorway: 5, trunk: 4, primary: 3, secondary: 2.5, tertiary: 2, residential: 1.5, service: 1, path: -1, rail: 0 };

/** Metres of a road from edge to edge; lanes of both directions together, the class's usual number where unknown. */
export function roadMetres(name: string, lanes: number): number {
  const known = name in LANES ? name : 'residential';
  return (lanes > 0 ? lanes : LANES[known]) * LANE + SHOULDERS[known];
}

/** Reads a city's companions and makes their paths; kept in the worker. */
export function cityMap(areas: string | null, roads: string | null, bounds: readonly [number, number, number, number], context: AnalysisContext): Promise<CityMap> {
  return context.cache.keep(`map ${areas} ${roads}`, async () => {
    const middle = (bounds[1] + bounds[3]) / 2;
    const origin = mercator((bounds[0] + bounds[2]) / 2, middle);
    const read = async (url: string | null): Promise<FeatureColumns | null> => (url ? (await openFlatGeobuf(url, (each, range) => context.load(each, range))).all() : null);
    const [land, streets] = await Promise.all([read(areas), read(roads)]);
    return {
      origin, unitsPerMetre: WORLD / (40_075_016.686 * Math.cos(middle * DEGREE)),
      areas: land ? areaShapes(land, origin) : new Map<string, Shapes>(),
      shores: land ? shoresOf(land, origin) : new ShapesBuilder(),
      roads: streets ? roadShapes(streets, origin) : [],
      junctions: streets ? junctionsOf(streets, origin) : { places: new Float32Array(0), classes: [] },
    };
  });
}

class ShapesBuilder implements Shapes {
  readonly paths: Path2D[] = [];
  readonly #boxes: number[] = [];

  get boxes(): Float32Array {
    return Float32Array.from(this.#boxes);
  }

  /** Adds rings first … last as one path. */
  add({ xy, rings }: FeatureColumns, first: number, last: number, origin: readonly [number, number], closed: boolean, drawn: (i: number) => boolean = () => true): void {
    const path = new Path2D();
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let ring = first; ring < last; ring++) {
      for (let i = rings[ring]; i < rings[ring + 1]; i++) {
        const [mx, my] = mercator(xy[2 * i], xy[2 * i + 1]);
        const x = (mx - origin[0]) * WORLD;
        const y = (my - origin[1]) * WORLD;
        if (i === rings[ring] || !drawn(i)) path.moveTo(x, y);
        else path.lineTo(x, y);
        box[0] = Math.min(box[0], x);
        box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x);
        box[3] = Math.max(box[3], y);
      }
      if (closed) path.closePath();
    }
    this.paths.push(path);
    this.#boxes.push(...box);
  }
}

function areaShapes(land: FeatureColumns, origin: readonly [number, number]): Map<string, Shapes> {
  const kinds = land.text('kind');
  const builders = new Map<string, ShapesBuilder>();
  for (let row = 0; row < land.count; row++) {
    const builder = builders.get(kinds[row]) ?? new ShapesBuilder();
    builders.set(kinds[row], builder);
    for (let part = land.starts[row]; part < land.starts[row + 1]; part++) builder.add(land, land.parts[part], land.parts[part + 1], origin, true);
  }
  return new Map([...builders].map(([kind, builder]) => [kind, { paths: builder.paths, boxes: builder.boxes }]));
}

/** Degrees: a piece of shore that runs exactly along a meridian or parallel for longer is no shore but a cut through the data. */
const CUT = 0.0002;

function shoresOf(land: FeatureColumns, origin: readonly [number, number]): Shapes {
  const kinds = land.text('kind');
  const builder = new ShapesBuilder();
  const drawn = (i: number): boolean => {
    const dx = Math.abs(land.xy[2 * i] - land.xy[2 * i - 2]);
    const dy = Math.abs(land.xy[2 * i + 1] - land.xy[2 * i - 1]);
    return !((dx < 1e-7 && dy > CUT) || (dy < 1e-7 && dx > CUT));
  };
  for (let row = 0; row < land.count; row++) {
    if (kinds[row] !== 'water') continue;
    for (let part = land.starts[row]; part < land.starts[row + 1]; part++) builder.add(land, land.parts[part], land.parts[part + 1], origin, false, drawn);
  }
  return { paths: builder.paths, boxes: builder.boxes };
}

function roadShapes(streets: FeatureColumns, origin: readonly [number, number]): RoadShapes[] {
  const classes = streets.text('class');
  const [lanes, oneways, bridges] = ['lanes', 'oneway', 'bridge'].map((name) => streets.numbers(name));
  const groups = new Map<string, Omit<RoadShapes, 'paths' | 'boxes'> & { builder: ShapesBuilder }>();
  for (let row = 0; row < streets.count; row++) {
    const name = classes[row] in LANES ? classes[row] : 'residential';
    const count = lanes[row] > 0 ? lanes[row] : LANES[name];
    const oneway = oneways[row] === 1;
    const bridge = bridges[row] === 1;
    const key = `${name} ${count} ${oneway} ${bridge}`;
    const group = groups.get(key) ?? { class: name, lanes: count, oneway, bridge, metres: roadMetres(name, count), builder: new ShapesBuilder() };
    groups.set(key, group);
    group.builder.add(streets, streets.parts[streets.starts[row]], streets.parts[streets.starts[row + 1]], origin, false);
  }
  return [...groups.values()].map(({ builder, ...rest }) => ({ ...rest, paths: builder.paths, boxes: builder.boxes }));
}

/** Places where at least three pieces of road end or pass. */
function junctionsOf(streets: FeatureColumns, origin: readonly [number, number]): Junctions {
  const classes = streets.text('class');
  const lanes = streets.numbers('lanes');
  const ends = new Map<string, { x: number; y: number; pieces: number; metres: number; class: string }>();
  for (let row = 0; row < streets.count; row++) {
    const name = classes[row];
    if (name === 'path' || name === 'rail' || name === 'service') continue;
    const metres = (lanes[row] > 0 ? lanes[row] : (LANES[name] ?? 2)) * LANE + (SHOULDERS[name] ?? 1.5);
    for (let ring = streets.parts[streets.starts[row]]; ring < streets.parts[streets.starts[row + 1]]; ring++) {
      for (let i = streets.rings[ring]; i < streets.rings[ring + 1]; i++) {
        const [lon, lat] = [streets.xy[2 * i], streets.xy[2 * i + 1]];
        const key = `${Math.round(lon * 1e6)} ${Math.round(lat * 1e6)}`;
        const pieces = i === streets.rings[ring] || i === streets.rings[ring + 1] - 1 ? 1 : 2;
        const known = ends.get(key);
        if (known) {
          known.pieces += pieces;
          if (metres > known.metres) Object.assign(known, { metres, class: name });
        } else {
          const [mx, my] = mercator(lon, lat);
          ends.set(key, { x: (mx - origin[0]) * WORLD, y: (my - origin[1]) * WORLD, pieces, metres, class: name });
        }
      }
    }
  }
  const junctions = [...ends.values()].filter((end) => end.pieces >= 3);
  return { places: Float32Array.from(junctions.flatMap(({ x, y, metres }) => [x, y, metres])), classes: junctions.map((each) => each.class) };
}
