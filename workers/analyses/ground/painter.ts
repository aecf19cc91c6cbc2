import type { CityMap, RoadShapes, Shapes } from './city-map.ts';
import type { GroundPalette } from './palette.ts';
import { canopy, furrows, grain } from './textures.ts';

/** What is under what. Kinds that are not named come after 'land'. */
const AREA_ORDER = ['land', 'farmland', 'residential', 'industrial', 'commercial', 'public', 'square', 'green', 'forest'];
const ROAD_ORDER = ['path', 'service', 'residential', 'tertiary', 'secondary', 'primary', 'trunk', 'motorway'];
/** Metres a pixel above which a class is no longer shown. */
const SHOWN_BELOW: Readonly<Record<string, number>> = { path: 1.6, service: 3, residential: 10, tertiary: 24, secondary: 60, rail: 60 };
/** Metres a pixel from which on a deck that stands by itself is too thin to see, and is painted instead. */
const DECKS_BELOW = 5;
/** Pixels a road has at least, where a pixel is some four metres. */
const LEAST: Readonly<Record<string, number>> = { motorway: 3.2, trunk: 3, primary: 2.6, secondary: 2, tertiary: 1.5, residential: 1.1, service: 0.8, path: 0.8, rail: 1 };

export interface TileFrame {
  /** The map's units at the tile's upper left corner, and pixels a unit. */
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly size: number;
  /** Metres a pixel on the ground. */
  readonly metresPerPixel: number;
  /** Pixels of the world left of and above the tile, modulo 256: so that textures go on across tiles. */
  readonly phase: readonly [number, number];
}

/** Paints one tile of the ground. The canvas counts in the map's units while shapes are drawn; widths are asked for in pixels. */
export class GroundPainter {
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #map: CityMap;
  readonly #palette: GroundPalette;
  readonly #frame: TileFrame;

  constructor(context: OffscreenCanvasRenderingContext2D, map: CityMap, palette: GroundPalette, frame: TileFrame) {
    this.#context = context;
    this.#map = map;
    this.#palette = palette;
    this.#frame = frame;
    context.lineJoin = 'round';
  }

  #units(): void {
    const { x, y, scale } = this.#frame;
    this.#context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
  }

  #pixels(): void {
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
  }

  /** Everything of one look that meets the tile, widened by some pixels, as one path; null when nothing does. */
  #visible({ paths, boxes }: Shapes, margin: number): Path2D | null {
    const { x, y, scale, size } = this.#frame;
    const wide = margin / scale;
    const far = size / scale;
    let all: Path2D | null = null;
    for (let i = 0; i < paths.length; i++) {
      if (boxes[4 * i] > x + far + wide || boxes[4 * i + 1] > y + far + wide || boxes[4 * i + 2] < x - wide || boxes[4 * i + 3] < y - wide) continue;
      all ??= new Path2D();
      all.addPath(paths[i]);
    }
    return all;
  }

  #stroke(path: Path2D, pixels: number, colour: string, cap: CanvasLineCap = 'round'): void {
    this.#context.lineCap = cap;
    this.#context.strokeStyle = colour;
    this.#context.lineWidth = pixels / this.#frame.scale;
    this.#context.stroke(path);
  }

  land(): void {
    this.#pixels();
    this.#context.fillStyle = this.#palette.land;
    this.#context.fillRect(0, 0, this.#frame.size, this.#frame.size);
  }

  areas(): void {
    const kinds = [...this.#map.areas.keys()].filter((kind) => kind !== 'water');
    const rank = (kind: string): number => (AREA_ORDER.includes(kind) ? AREA_ORDER.indexOf(kind) : 0.5);
    for (const kind of kinds.toSorted((a, b) => rank(a) - rank(b))) {
      this.#units();
      const path = this.#visible(this.#map.areas.get(kind)!, 2);
      if (!path) continue;
      const colour = this.#palette.areas[kind] ?? this.#palette.land;
      this.#context.fillStyle = colour;
      this.#context.fill(path, 'evenodd');
      if (kind === 'green' || kind === 'forest') this.#texture(path, (pixels) => canopy(this.#palette.canopy, pixels, kind === 'forest' ? 0.9 : 0.16), 3.2, 9);
      if (kind === 'farmland' && this.#frame.metresPerPixel > 0.5) this.#texture(path, (pixels) => furrows(this.#palette.furrow, 2 ** Math.round(Math.log2(pixels))), 4, 6);
    }
  }

  /** Fills a path with a texture whose grain is `metres` wide, where that is between one and forty pixels. */
  #texture(path: Path2D, make: (pixels: number) => OffscreenCanvas, metres: number, mostMetresPerPixel: number): void {
    const pixels = metres / this.#frame.metresPerPixel;
    if (this.#frame.metresPerPixel > mostMetresPerPixel / 3 || pixels < 1.6 || pixels > 40) return;
    const pattern = this.#context.createPattern(make(pixels), 'repeat')!;
    const { scale, x, y, phase } = this.#frame;
    // The pattern lies in the canvas's units like the path: brought back to pixels, and moved so that it goes on across tiles.
    pattern.setTransform(new DOMMatrix([1 / scale, 0, 0, 1 / scale, x - phase[0] / scale, y - phase[1] / scale]));
    this.#context.fillStyle = pattern;
    this.#context.fill(path, 'evenodd');
  }

  water(): void {
    const shapes = this.#map.areas.get('water');
    const path = shapes && this.#visible(shapes, 60);
    if (!path) return;
    const { metresPerPixel } = this.#frame;
    this.#units();
    const shore = this.#visible(this.#map.shores, 320);
    if (metresPerPixel < 12 && shore) this.#stroke(shore, Math.min(40, 12 / metresPerPixel), this.#palette.bank);
    this.#context.fillStyle = this.#palette.areas.water;
    this.#context.fill(path, 'evenodd');
    if (metresPerPixel > 30 || !shore) return;
    this.#context.save();
    this.#context.clip(path, 'evenodd');
    this.#context.globalAlpha = 0.16;
    for (const metres of [70, 48, 32, 20, 11, 5]) if (metres / metresPerPixel > 0.8) this.#stroke(shore, Math.min(300, (2 * metres) / metresPerPixel), this.#palette.shallow);
    this.#context.restore();
  }

  #width(road: RoadShapes): number {
    const { metresPerPixel } = this.#frame;
    const far = Math.max(0.55, Math.min(1, (4 / metresPerPixel) ** 0.5));
    return Math.max((LEAST[road.class] ?? 1) * far, road.metres / metresPerPixel);
  }

  #shown(): { road: RoadShapes; path: Path2D; width: number }[] {
    const { metresPerPixel } = this.#frame;
    return this.#map.roads
      .filter((road) => metresPerPixel < (SHOWN_BELOW[road.class] ?? Infinity))
      .flatMap((road) => {
        const width = this.#width(road);
        const path = this.#visible(road, width + 60);
        return path ? [{ road, path, width }] : [];
      })
      .toSorted((a, b) => ROAD_ORDER.indexOf(a.road.class) - ROAD_ORDER.indexOf(b.road.class));
  }

  /** @param decks bridges stand over the ground by themselves */
  roads(decks: boolean): void {
    const { metresPerPixel } = this.#frame;
    this.#units();
    const shown = this.#shown();
    this.#rails(shown);
    const streets = shown.filter(({ road }) => road.class !== 'rail' && road.class !== 'path');
    const ground = streets.filter(({ road }) => !road.bridge);
    this.#glow(streets);
    this.#paths(shown);
    if (metresPerPixel < 1.6) for (const { path, width, road } of ground) if (road.class !== 'motorway' && !this.#palette.glow?.[road.class]) this.#stroke(path, width + 5 / metresPerPixel, this.#palette.pavement);
    const casing = metresPerPixel > 14 ? 0 : Math.max(0.7, Math.min(2.2, 0.5 / metresPerPixel));
    if (casing > 0) for (const { path, width, road } of ground) if (!this.#palette.glow?.[road.class]) this.#stroke(path, width + 2 * casing, this.#palette.casing, 'butt');
    for (const { path, width, road } of ground) this.#stroke(path, width, this.#palette.roads[road.class]);
    this.#marks(ground);
    for (const each of streets.filter(({ road }) => road.bridge)) this.#bridge(each, decks && metresPerPixel < DECKS_BELOW);
  }

  #paths(shown: readonly { road: RoadShapes; path: Path2D; width: number }[]): void {
    for (const { road, path, width } of shown) {
      if (road.class !== 'path') continue;
      this.#context.setLineDash([2.5, 2].map((pixels) => (pixels * Math.max(1, width * 0.7)) / this.#frame.scale));
      this.#stroke(path, Math.max(0.9, width * 0.6), this.#palette.roads.path, 'butt');
      this.#context.setLineDash([]);
    }
  }

  #rails(shown: readonly { road: RoadShapes; path: Path2D; width: number }[]): void {
    for (const { road, path } of shown) {
      if (road.class !== 'rail') continue;
      const pixels = Math.max(1.2, 3 / this.#frame.metresPerPixel);
      this.#stroke(path, pixels, this.#palette.roads.rail, 'butt');
      this.#context.setLineDash([pixels * 2, pixels * 2].map((each) => each / this.#frame.scale));
      this.#stroke(path, pixels * 0.55, this.#palette.land, 'butt');
      this.#context.setLineDash([]);
    }
  }

  /** Light around the larger roads: wide strokes that grow fainter outwards, each class once, so that crossings do not add up. */
  #glow(streets: readonly { road: RoadShapes; path: Path2D; width: number }[]): void {
    const { glow } = this.#palette;
    if (!glow) return;
    this.#context.save();
    this.#context.globalCompositeOperation = 'lighter';
    for (const { road, path, width } of streets) {
      const colour = glow[road.class];
      if (!colour) continue;
      for (const [factor, alpha] of [[6, 0.022], [5.2, 0.024], [4.4, 0.028], [3.7, 0.034], [3.1, 0.04], [2.6, 0.048], [2.2, 0.056], [1.8, 0.066], [1.5, 0.08], [1.25, 0.1]]) {
        this.#context.globalAlpha = alpha;
        this.#stroke(path, width * factor + 2, colour);
      }
    }
    this.#context.restore();
  }

  /** Lane lines where a lane is wide enough to see: a wide stroke in the line's colour, all but its edges covered again. */
  #marks(ground: readonly { road: RoadShapes; path: Path2D; width: number }[]): void {
    const { metresPerPixel, scale } = this.#frame;
    if (metresPerPixel > 0.75) return;
    const line = Math.max(0.8, 0.16 / metresPerPixel);
    for (const { road, path } of ground) {
      if (road.lanes < 2 || road.class === 'service' || road.class === 'residential') continue;
      const fill = this.#palette.roads[road.class];
      const sides = road.oneway ? road.lanes - 1 : road.lanes / 2 - 1;
      this.#context.globalAlpha = 1;
      for (let k = Math.floor(road.oneway ? sides / 2 : sides); k >= 1; k--) {
        const pixels = (2 * k * 3.25) / metresPerPixel;
        this.#context.setLineDash([4, 6].map((metres) => metres / metresPerPixel / scale));
        this.#stroke(path, pixels + line, this.#palette.lane, 'butt');
        this.#context.setLineDash([]);
        this.#stroke(path, pixels - line, fill, 'butt');
      }
      if (!road.oneway && road.lanes >= 4) {
        this.#stroke(path, 3 * line, this.#palette.centre, 'butt');
        this.#stroke(path, line, fill, 'butt');
      } else if (!road.oneway) {
        this.#context.setLineDash([4, 4].map((metres) => metres / metresPerPixel / scale));
        this.#stroke(path, line, this.#palette.lane, 'butt');
        this.#context.setLineDash([]);
      }
    }
    this.#junctions();
  }

  /** No lines across junctions. */
  #junctions(): void {
    const { places, classes } = this.#map.junctions;
    const { x, y, scale, size, metresPerPixel } = this.#frame;
    for (let i = 0; i < places.length; i += 3) {
      const radius = (places[i + 2] * 0.5) / metresPerPixel / scale;
      if (places[i] + radius < x || places[i] - radius > x + size / scale || places[i + 1] + radius < y || places[i + 1] - radius > y + size / scale) continue;
      this.#context.fillStyle = this.#palette.roads[classes[i / 3]] ?? this.#palette.roads.secondary;
      this.#context.beginPath();
      this.#context.arc(places[i], places[i + 1], radius, 0, 2 * Math.PI);
      this.#context.fill();
    }
  }

  /** A bridge over its shadow, or the shadow alone. */
  #bridge({ road, path, width }: { road: RoadShapes; path: Path2D; width: number }, shadowOnly: boolean): void {
    const { metresPerPixel, scale } = this.#frame;
    const lift = Math.min(6, 2.5 / metresPerPixel) / scale;
    const edge = Math.max(1, Math.min(3, 0.8 / metresPerPixel));
    this.#context.save();
    this.#context.translate(lift, lift * 1.3);
    this.#context.globalAlpha = 0.22;
    this.#stroke(path, width + 2 * edge, '#20262b', 'butt');
    this.#context.restore();
    if (shadowOnly) return;
    this.#stroke(path, width + 2 * edge, this.#palette.bridge, 'butt');
    this.#stroke(path, width, this.#palette.roads[road.class], 'butt');
  }

  paper(): void {
    this.#pixels();
    const { size, phase } = this.#frame;
    const pattern = this.#context.createPattern(grain(), 'repeat')!;
    pattern.setTransform(new DOMMatrix([1, 0, 0, 1, -phase[0], -phase[1]]));
    this.#context.globalAlpha = this.#palette.grain;
    this.#context.fillStyle = pattern;
    this.#context.fillRect(0, 0, size, size);
    this.#context.globalAlpha = 1;
  }

  /** Fades into nothing towards the city's bounds (pixels of the tile), so that no edge is seen. */
  fade(west: number, north: number, east: number, south: number): void {
    this.#pixels();
    const { size, metresPerPixel } = this.#frame;
    const soft = Math.max(4, Math.min(400, 180 / metresPerPixel));
    this.#context.globalCompositeOperation = 'destination-out';
    const side = (x0: number, y0: number, x1: number, y1: number): void => {
      const gradient = this.#context.createLinearGradient(x0, y0, x1, y1);
      gradient.addColorStop(0, 'rgba(0,0,0,1)');
      gradient.addColorStop(1, 'rgba(0,0,0,0)');
      this.#context.fillStyle = gradient;
      this.#context.fillRect(0, 0, size, size);
    };
    if (west > -soft) side(west, 0, west + soft, 0);
    if (east < size + soft) side(east, 0, east - soft, 0);
    if (north > -soft) side(0, north, 0, north + soft);
    if (south < size + soft) side(0, south, 0, south - soft);
    this.#context.globalCompositeOperation = 'source-over';
  }
}
