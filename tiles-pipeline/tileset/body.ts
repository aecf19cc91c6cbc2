import { SURFACES, type Solid } from '../formats/format.ts';
import { linearRgb, type BakedLook, type Rgb } from './look.ts';

const ROOF = SURFACES.indexOf('roof');
/** What colours the walls of a block from afar; openings, floors and the underside do not. */
const WALLS: ReadonlySet<number> = new Set((['wall', 'other', 'installation'] as const).map((word) => SURFACES.indexOf(word)));

type Vector = [number, number, number];

/** Twice the area vector of triangle t in square metres; bodies are small enough to be measured on a plane. */
function areaVector({ positions, triangles }: Solid, t: number, scale: readonly [number, number], out: Vector): void {
  const [a, b, c] = [triangles[t * 3] * 3, triangles[t * 3 + 1] * 3, triangles[t * 3 + 2] * 3];
  const [x1, y1, z1] = [(positions[b] - positions[a]) * scale[0], (positions[b + 1] - positions[a + 1]) * scale[1], positions[b + 2] - positions[a + 2]];
  const [x2, y2, z2] = [(positions[c] - positions[a]) * scale[0], (positions[c + 1] - positions[a + 1]) * scale[1], positions[c + 2] - positions[a + 2]];
  out[0] = y1 * z2 - z1 * y2;
  out[1] = z1 * x2 - x1 * z2;
  out[2] = x1 * y2 - y1 * x2;
}

/** Metres a degree of longitude and of latitude measure at the body. */
function scaleOf({ positions }: Solid): [number, number] {
  return [111_320 * Math.cos((positions[1] * Math.PI) / 180), 111_320];
}

/** What a body with colours of its own looks like from afar: their mean by area, roofs and walls apart. Faces without one count as the tone of its use. */
export function bodyLook(solid: Solid, look: BakedLook): BakedLook {
  const { colours, surfaces } = solid;
  if (!colours) return look;
  const scale = scaleOf(solid);
  const face: Vector = [0, 0, 0];
  const [roof, wall] = [new Mean(), new Mean()];
  for (let t = 0; t < surfaces.length; t++) {
    const mean = surfaces[t] === ROOF ? roof : WALLS.has(surfaces[t]) ? wall : undefined;
    if (!mean) continue;
    areaVector(solid, t, scale, face);
    mean.add(colours[t * 4 + 3] > 0 ? linearRgb(colours, t * 4) : mean === roof ? look.roof : look.wall, Math.hypot(...face));
  }
  const tone = wall.colour ?? look.wall;
  const shade = look.foot[1] / Math.max(1, look.wall[1]);
  return { roof: roof.colour ?? look.roof, wall: tone, foot: [Math.round(tone[0] * shade), Math.round(tone[1] * shade), Math.round(tone[2] * shade)] };
}

class Mean {
  readonly #sum: Vector = [0, 0, 0];
  #weight = 0;

  add(colour: Rgb, weight: number): void {
    for (let k = 0; k < 3; k++) this.#sum[k] += colour[k] * weight;
    this.#weight += weight;
  }

  get colour(): Rgb | undefined {
    if (this.#weight === 0) return undefined;
    return [Math.round(this.#sum[0] / this.#weight), Math.round(this.#sum[1] / this.#weight), Math.round(this.#sum[2] / this.#weight)];
  }
}
