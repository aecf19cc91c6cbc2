import { parseColour } from '#models';
import type { InstancesBatch, Text } from '#engine';

type Model = InstancesBatch['model'];

/** Paints of a kind: the first is what a legend shows. */
export interface VehicleKind {
  readonly id: 'car' | 'bus' | 'truck';
  readonly label: Text;
  readonly paints: readonly string[];
  readonly model: Model;
}

/** White, which the paint colours; glass and tyres keep a colour of their own as far as a paint, which is multiplied, lets them. */
const BODY = [255, 255, 255, 255] as const;
const ROOF = [236, 239, 242, 255] as const;
const GLASS = [52, 62, 74, 255] as const;
const TYRE = [34, 36, 40, 255] as const;
const LOAD = [168, 158, 146, 255] as const;
/** Lamps shine: see {@link InstancesBatch.paints}. */
const LAMP = [255, 246, 214, 254] as const;
const TAIL = [226, 38, 30, 254] as const;

type Colour = readonly [number, number, number, number];
/** Half the width at the front and back end, metres to the north where they are, and their height: the cross-section of a box from floor to top. */
interface Slab {
  readonly bottom: readonly [back: number, front: number, half: number, up: number];
  readonly top: readonly [back: number, front: number, half: number, up: number];
  readonly sides: Colour;
  readonly lid: Colour;
}

/** Boxes whose top may be smaller than their bottom: enough for a car seen from a street away. */
class Shape {
  private readonly places: number[] = [];
  private readonly colours: number[] = [];
  private readonly indices: number[] = [];

  slab({ bottom, top, sides, lid }: Slab): this {
    const corners = [bottom, top].map(([back, front, half, up]) => [[-half, back, up], [half, back, up], [half, front, up], [-half, front, up]]);
    const [low, high] = corners;
    for (let k = 0; k < 4; k++) this.face([low[k], low[(k + 1) % 4], high[(k + 1) % 4], high[k]], sides);
    return this.face(high, lid);
  }

  face(corners: readonly (readonly number[])[], colour: Colour): this {
    const first = this.places.length / 3;
    for (const corner of corners) {
      this.places.push(...corner);
      this.colours.push(...colour);
    }
    for (let k = 1; k + 1 < corners.length; k++) this.indices.push(first, first + k, first + k + 1);
    return this;
  }

  /** Two wheels of an axle, each a flat block that reaches a little out of the body. */
  axle(north: number, half: number, radius: number): this {
    for (const side of [-1, 1]) {
      const [inner, outer] = [side * (half - 0.22), side * (half + 0.02)];
      const rim = [[-radius, 0.35 * radius], [-radius * 0.6, 0], [radius * 0.6, 0], [radius, 0.35 * radius], [radius, 1.5 * radius], [-radius, 1.5 * radius]];
      this.face(rim.map(([along, up]) => [outer, north + along, up]), TYRE);
      this.face([[inner, north - radius, 0.3 * radius], [outer, north - radius, 0.3 * radius], [outer, north - radius, 1.4 * radius], [inner, north - radius, 1.4 * radius]], TYRE);
      this.face([[inner, north + radius, 0.3 * radius], [outer, north + radius, 0.3 * radius], [outer, north + radius, 1.4 * radius], [inner, north + radius, 1.4 * radius]], TYRE);
    }
    return this;
  }

  /** Lamps to either side at an end of the body. */
  lamps(north: number, half: number, up: number, colour: Colour): this {
    for (const side of [-1, 1]) {
      const [a, b] = [side * (half - 0.5), side * (half - 0.04)];
      this.face([[a, north, up], [b, north, up], [b, north, up + 0.24], [a, north, up + 0.24]], colour);
    }
    return this;
  }

  done(): Model {
    return { places: Float32Array.from(this.places), indices: Uint32Array.from(this.indices), colours: Uint8Array.from(this.colours) };
  }
}

/** 4.5 × 1.8 × 1.47 m. */
function car(): Model {
  return new Shape()
    .slab({ bottom: [-2.2, 2.2, 0.86, 0.28], top: [-2.25, 2.25, 0.9, 0.62], sides: BODY, lid: BODY })
    .slab({ bottom: [-2.25, 2.25, 0.9, 0.62], top: [-2.1, 2.0, 0.84, 0.88], sides: BODY, lid: BODY })
    .slab({ bottom: [-1.75, 1.0, 0.83, 0.88], top: [-1.2, 0.25, 0.66, 1.42], sides: GLASS, lid: ROOF })
    .slab({ bottom: [-1.2, 0.25, 0.66, 1.42], top: [-1.1, 0.15, 0.6, 1.47], sides: ROOF, lid: ROOF })
    .axle(-1.35, 0.9, 0.32).axle(1.4, 0.9, 0.32).lamps(2.26, 0.88, 0.5, LAMP).lamps(-2.26, 0.88, 0.54, TAIL).done();
}

/** 10.5 × 2.5 × 3.1 m. */
function bus(): Model {
  return new Shape()
    .slab({ bottom: [-5.2, 5.2, 1.22, 0.35], top: [-5.25, 5.25, 1.25, 1.35], sides: BODY, lid: BODY })
    .slab({ bottom: [-5.22, 5.22, 1.24, 1.35], top: [-5.18, 5.12, 1.22, 2.5], sides: GLASS, lid: ROOF })
    .slab({ bottom: [-5.2, 5.15, 1.24, 2.5], top: [-5.1, 5.0, 1.15, 2.95], sides: BODY, lid: ROOF })
    .slab({ bottom: [-2.6, 1.2, 0.75, 2.95], top: [-2.4, 1.0, 0.65, 3.12], sides: ROOF, lid: ROOF })
    .axle(-3.2, 1.25, 0.48).axle(3.0, 1.25, 0.48).lamps(5.27, 1.2, 0.75, LAMP).lamps(-5.27, 1.2, 0.9, TAIL).done();
}

/** A tipper, 8.4 × 2.5 × 3.0 m. */
function truck(): Model {
  return new Shape()
    .slab({ bottom: [-4.1, 4.0, 0.6, 0.6], top: [-4.1, 4.0, 0.6, 0.95], sides: TYRE, lid: TYRE })
    .slab({ bottom: [2.1, 4.2, 1.18, 0.55], top: [2.15, 4.15, 1.2, 1.6], sides: BODY, lid: BODY })
    .slab({ bottom: [2.15, 4.14, 1.2, 1.6], top: [2.3, 3.85, 1.12, 2.55], sides: GLASS, lid: ROOF })
    .slab({ bottom: [2.3, 3.85, 1.12, 2.55], top: [2.35, 3.7, 1.05, 2.75], sides: BODY, lid: ROOF })
    .slab({ bottom: [-4.0, 1.85, 1.12, 0.95], top: [-4.2, 1.95, 1.25, 2.55], sides: BODY, lid: LOAD })
    .slab({ bottom: [-3.6, 1.3, 0.95, 2.5], top: [-2.2, 0.2, 0.35, 2.95], sides: LOAD, lid: LOAD })
    .axle(-3.1, 1.2, 0.5).axle(-1.9, 1.2, 0.5).axle(3.1, 1.2, 0.5).lamps(4.22, 1.15, 0.8, LAMP).lamps(-4.12, 1.1, 0.75, TAIL).done();
}

/** The kinds a reading's value `kind` counts: 0 car, 1 bus, 2 truck. Each has a tint of its own in a few shades. */
export const VEHICLE_KINDS: readonly VehicleKind[] = /* @__PURE__ */ [
  { id: 'car' as const, label: { zh: '小客车', en: 'Car' }, paints: ['#d9dee3', '#aeb8c2', '#f4f5f6', '#8f9aa6'], shape: car },
  { id: 'bus' as const, label: { zh: '公交与大客车', en: 'Bus' }, paints: ['#1f9aa8', '#178392', '#36aab6', '#1f9aa8'], shape: bus },
  { id: 'truck' as const, label: { zh: '货车与渣土车', en: 'Truck' }, paints: ['#d98b2b', '#c97a1c', '#e29f48', '#d98b2b'], shape: truck },
].map(({ shape, ...kind }) => ({ ...kind, model: shape() }));

/** A kind's paints as an instances batch takes them. */
export function paintBytes(paints: readonly string[]): Uint8Array {
  return Uint8Array.from(paints.flatMap((paint) => [...(parseColour(paint) ?? [255, 255, 255, 255])]));
}
