import type { CityTwin, Patch } from 'citymirror';
import type { Feature } from 'geojson';
import { both } from './properties.ts';

/** What a measurement came to; metres and square metres along the ellipsoid. */
export interface Measured {
  readonly length: number;
  readonly area: number | null;
  readonly crosses: boolean;
  readonly error: number;
}

export const MEASURE_LAYER = 'measurements';
const DRAFT = 'draft';

type Corner = readonly [number, number, number];

/** A sketch of the corners; the sketch layer writes length and area on what is marked `measure`. */
function feature(id: string, kind: 'distance' | 'area', corners: readonly Corner[]): Feature {
  const ring = corners.map((corner) => [...corner]);
  const closed = kind === 'area' && ring.length > 2;
  return {
    type: 'Feature', id, properties: { measure: true },
    geometry: ring.length === 1 ? { type: 'Point', coordinates: ring[0] } : closed ? { type: 'Polygon', coordinates: [[...ring, ring[0]]] } : { type: 'LineString', coordinates: ring },
  };
}

/** The line or area being measured: corners so far, what they come to, and the sketch that shows them. */
export class Measuring {
  readonly kind: 'distance' | 'area';
  readonly #twin: CityTwin;
  #corners: Corner[] = [];
  #measured: Measured | null = null;
  #asked = 0;

  constructor(twin: CityTwin, kind: 'distance' | 'area') {
    this.#twin = twin;
    this.kind = kind;
  }

  get corners(): readonly Corner[] {
    return this.#corners;
  }

  get measured(): Measured | null {
    return this.#measured;
  }

  /** Whether there is enough to keep: a line has two corners, an area three. */
  get complete(): boolean {
    return this.#corners.length >= (this.kind === 'area' ? 3 : 2) && this.#measured !== null;
  }

  /** Adds a corner and computes anew. */
  async add(place: { lon: number; lat: number; height: number }): Promise<void> {
    this.#corners = [...this.#corners, [place.lon, place.lat, place.height]];
    await this.#compute();
  }

  /** Takes the last corner back. */
  async back(): Promise<void> {
    this.#corners = this.#corners.slice(0, -1);
    await this.#compute();
  }

  async #compute(): Promise<void> {
    const asked = ++this.#asked;
    if (this.#corners.length < 2) this.#measured = null;
    else {
      const closed = this.kind === 'area' && this.#corners.length > 2;
      const output = await this.#twin.analyse('measure', { points: this.#corners.map(([lon, lat]) => [lon, lat] as const), closed });
      if (asked !== this.#asked) return;
      this.#measured = { length: output.length, area: output.area, crosses: output.crossings.length > 0, error: output.error.length };
    }
    this.#draft(feature(DRAFT, this.kind, this.#corners));
  }

  /** Takes the sketch in the making away, silently. */
  clear(): void {
    this.#asked++;
    this.#corners = [];
    this.#draft(null);
  }

  /** Keeps what was measured as a sketch: one step of undo. */
  keep(): void {
    if (!this.complete) return this.clear();
    const kept = feature(`measured-${Math.round(this.#twin.clock.machine() * 1000)}`, this.kind, this.#corners);
    this.clear();
    const layer = this.#twin.document.layers[MEASURE_LAYER];
    this.#twin.apply(layer ? [{ op: 'add', path: `/layers/${MEASURE_LAYER}/options/features/-`, value: kept }] : newLayer(this.#twin, [kept]), { by: 'measure' });
  }

  #draft(next: Feature | null): void {
    const layer = this.#twin.document.layers[MEASURE_LAYER];
    const features = ((layer?.options?.features ?? []) as Feature[]).filter((each) => each.id !== DRAFT);
    let patch: Patch = [];
    if (!layer && next && this.#corners.length > 0) patch = newLayer(this.#twin, [next]);
    else if (layer && !next && features.length === 0) patch = [{ op: 'remove', path: `/layers/${MEASURE_LAYER}` }];
    else if (layer) patch = [{ op: 'replace', path: `/layers/${MEASURE_LAYER}/options/features`, value: next && this.#corners.length > 0 ? [...features, next] : features }];
    if (patch.length > 0) this.#twin.apply(patch, { by: 'measure', undo: false });
  }
}

function newLayer(twin: CityTwin, features: readonly Feature[]): Patch {
  const order = Math.min(99, 1 + Math.max(-1, ...Object.values(twin.document.layers).map((each) => each.order)));
  return [{ op: 'add', path: `/layers/${MEASURE_LAYER}`, value: { type: 'sketch', title: both('measure.layer'), visible: true, opacity: 1, order, options: { features } } }];
}
