import * as v from 'valibot';
import { toEcef } from '#geo';
import type { Backend } from './backend.ts';
import { CLIP_MOST, type ClipRegion } from './drawing/clip.ts';
import type { Cut } from './drawing/cut.ts';
import { toTwinError, type TwinError } from './errors.ts';

const finite = v.pipe(v.number(), v.finite());
const lon = v.pipe(finite, v.minValue(-180), v.maxValue(180));
const lat = v.pipe(finite, v.minValue(-90), v.maxValue(90));
const of = v.optional(v.picklist(['all', 'tiles', 'ground']));
const keep = v.picklist(['inside', 'outside']);
const length = v.pipe(finite, v.minValue(0.1), v.maxValue(1e6));

/** Whether a ring stays within a degree of its first corner: in its plane it is then exact to a millimetre. */
function compact(ring: readonly (readonly [number, number])[]): boolean {
  return ring.every((corner) => Math.abs(corner[1] - ring[0][1]) <= 1 && Math.abs(((((corner[0] - ring[0][0] + 540) % 360) + 360) % 360) - 180) <= 1);
}

const regionSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('plane'), lon, lat, height: finite, heading: finite, pitch: v.pipe(finite, v.minValue(-90), v.maxValue(90)), of }),
  v.strictObject({ kind: v.literal('box'), lon, lat, height: finite, size: v.tuple([length, length, length]), heading: finite, keep, of }),
  v.strictObject({
    kind: v.literal('polygon'), keep, of,
    ring: v.pipe(v.array(v.tuple([lon, lat])), v.minLength(3, 'a ring has three corners or more'), v.maxLength(CLIP_MOST.corners, `a ring has ${CLIP_MOST.corners} corners at most`), v.check((corners) => compact(corners), 'a ring lies within one degree')),
  }),
]);

function within(regions: readonly ClipRegion[]): boolean {
  return (['plane', 'box', 'polygon'] as const).every((kind) => regions.filter((region) => region.kind === kind).length <= CLIP_MOST[kind]);
}

/** A document's `clip`. */
export const clipSchema = v.pipe(v.array(regionSchema), v.check((regions) => within(regions), `at most ${CLIP_MOST.plane} planes, ${CLIP_MOST.box} boxes and ${CLIP_MOST.polygon} polygons cut at once`));

/** Brings a document's clip to the backend, and answers picks of what lies on the ground. */
export class Clipping {
  readonly #failed: (error: TwinError) => void;
  #ground: Cut | null = null;
  #shown: readonly ClipRegion[] = [];
  #asked = 0;

  constructor(failed: (error: TwinError) => void) {
    this.#failed = failed;
  }

  /** Settles when the backend shows it; what goes wrong is told and leaves the old cut. @param fresh whether the backend is new and shows none yet */
  async show(backend: Backend, regions: readonly ClipRegion[], fresh = false): Promise<void> {
    const asked = ++this.#asked;
    const nothing = regions.length === 0 && (fresh || this.#shown.length === 0);
    this.#shown = regions;
    if (nothing || !backend.can.clip) {
      this.#ground = null;
      return;
    }
    try {
      const [{ Cut }] = await Promise.all([import('./drawing/cut.ts'), backend.clip(regions)]);
      if (asked !== this.#asked) return;
      const cut = new Cut(regions, 'ground');
      this.#ground = cut.empty ? null : cut;
      backend.requestFrame();
    } catch (cause) {
      const error = toTwinError(cause, 'network');
      // A view that is gone is made again, and shows the document's cut then.
      if (asked === this.#asked && error.code !== 'backend-lost') this.#failed(error);
    }
  }

  /** Whether the ground at a place is taken away. */
  readonly cuts = (east: number, north: number, height: number): boolean => {
    if (!this.#ground) return false;
    const [x, y, z] = toEcef(east, north, height, new Float64Array(3));
    return this.#ground.cuts(x, y, z);
  };
}
