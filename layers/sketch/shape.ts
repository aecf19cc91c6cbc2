import { placer, type Anchor } from '#geo';
import { ORDER, toTwinError, TwinError, type Batch, type Drawn, type LabelEntry, type Stage } from '#engine';
import { parseColour, type DrapeInput, type DrapeOutput, type HeightsInput, type HeightsOutput, type MeasureInput, type MeasureOutput } from '#models';
import { areaText, lengthText, type Part, type Position, type SketchFeature } from './features.ts';
import { densified, fitsOneBatch, labelPlace, piecesOf } from './pieces.ts';

/** What was measured of a feature: metres and square metres; area is null for lines. */
export interface ShapeMeasure {
  readonly length: number;
  readonly area: number | null;
  readonly crossings: number;
}

const LIFT = 0.6;
const STEM = 20;
const LINE_PIXELS = 3;
const PIN_PIXELS = 22;
const FILL_ALPHA = 56;
const LINE_ALPHA = 240;

/** One feature of a sketch on the stage, until `end()`. */
export class Shape {
  readonly feature: SketchFeature;
  measure: ShapeMeasure | null = null;
  /** As drawn, for picks. */
  readonly batches: Batch[] = [];
  readonly labels: LabelEntry[] = [];
  readonly done: Promise<void>;
  readonly #stage: Stage;
  readonly #dem: string | null;
  readonly #run = new AbortController();
  readonly #drawn: Drawn[] = [];

  constructor(stage: Stage, dem: string | null, feature: SketchFeature, changed: () => void) {
    this.#stage = stage;
    this.#dem = dem;
    this.feature = feature;
    this.done = this.#start(this.#run.signal, changed);
  }

  end(): void {
    this.#run.abort(new TwinError('aborted', `The feature ${this.feature.id} was changed or taken away.`, { where: this.feature.id }));
    for (const drawn of this.#drawn.splice(0)) drawn.dispose();
  }

  async #start(signal: AbortSignal, changed: () => void): Promise<void> {
    const work = [...this.feature.parts.map((part) => this.#show(part, signal)), this.#measure(signal)];
    for (const outcome of await Promise.allSettled(work)) {
      if (outcome.status === 'rejected' && !signal.aborted) this.#stage.report(toTwinError(outcome.reason, 'analysis-failed', `${this.#stage.id}/${this.feature.id}`));
    }
    if (signal.aborted) return;
    await this.#write(signal).catch((cause: unknown) => this.#stage.report(toTwinError(cause, 'analysis-failed', this.feature.id)));
    if (!signal.aborted) changed();
  }

  async #show(part: Part, signal: AbortSignal): Promise<void> {
    if (part.type === 'point') return this.#showPoint(part.at, part.height, signal);
    if (part.type === 'line') return this.#showLine(part.points, signal);
    const whole = fitsOneBatch(part.rings[0]);
    // An area wider than a batch is shown by its outline alone.
    if (!whole) return Promise.all(part.rings.map((ring) => this.#showLine([...ring, ring[0]], signal))).then(() => {});
    return this.#showPolygon(part.rings, signal);
  }

  async #showPoint([lon, lat]: Position, height: number, signal: AbortSignal): Promise<void> {
    const ground = Number.isFinite(height) ? height : (await this.#heights([lon, lat], signal))[0];
    if (signal.aborted) return;
    const anchor = { lon, lat, height: ground };
    this.#draw({ kind: 'points', anchor, epoch: 0, order: ORDER.symbol, ids: [this.feature.id], places: new Float32Array(3), colours: this.#colours(1, 255), size: PIN_PIXELS, symbol: 'pin', stem: STEM, motion: null });
  }

  async #showLine(points: readonly Position[], signal: AbortSignal): Promise<void> {
    const places = densified(points);
    const heights = await this.#heights(places, signal);
    if (signal.aborted) return;
    let at = 0;
    for (const piece of piecesOf(places)) {
      const count = piece.places.length / 2;
      const anchor = { ...piece.anchor, height: heights[at] };
      const local = placer(anchor);
      const metres = new Float32Array(3 * count);
      for (let i = 0; i < count; i++) local.place(piece.places[2 * i], piece.places[2 * i + 1], heights[at + i] + LIFT, metres, 3 * i);
      at += count - 1;
      this.#drawLines(anchor, metres, new Uint32Array([0, count]));
    }
  }

  async #showPolygon(rings: readonly (readonly Position[])[], signal: AbortSignal): Promise<void> {
    const input: DrapeInput = { dem: this.#dem, rings, lift: LIFT };
    const { anchor, places, indices, outline } = await this.#stage.analysis.run<DrapeInput, DrapeOutput>('drape', input, { signal, affinity: this.#dem ?? undefined, priority: 1 });
    if (signal.aborted) return;
    this.#draw({ kind: 'mesh', anchor, epoch: 0, order: ORDER.groundDrape, ids: [this.feature.id], places, indices, colours: this.#colours(places.length / 3, FILL_ALPHA), slots: null, lit: false });
    this.#drawLines(anchor, outline.places, outline.starts);
  }

  #draw(batch: Batch): void {
    this.#drawn.push(this.#stage.draw(batch));
    this.batches.push(batch);
  }

  #drawLines(anchor: Anchor, places: Float32Array, starts: Uint32Array): void {
    const count = starts.length - 1;
    this.#draw({ kind: 'lines', anchor, epoch: 0, order: ORDER.groundLine, ids: Array.from({ length: count }, () => this.feature.id), places, starts, colours: this.#colours(count, LINE_ALPHA), width: LINE_PIXELS, metres: false, flow: 0 });
  }

  /** Length of all lines, or perimeter and area of all polygons (holes taken off). */
  async #measure(signal: AbortSignal): Promise<void> {
    const ask = (points: readonly Position[], closed: boolean): Promise<MeasureOutput> => this.#stage.analysis.run<MeasureInput, MeasureOutput>('measure', { points, closed }, { signal, priority: 1 });
    let length = 0;
    let area: number | null = null;
    let crossings = 0;
    for (const part of this.feature.parts) {
      if (part.type === 'point') continue;
      const rings = part.type === 'line' ? [part.points] : part.rings;
      for (const [index, points] of rings.entries()) {
        const measured = await ask(points, part.type === 'polygon');
        length += measured.length;
        crossings += measured.crossings.length;
        if (measured.area !== null) area = (area ?? 0) + (index === 0 ? measured.area : -measured.area);
      }
    }
    if (!signal.aborted && length > 0) this.measure = { length, area, crossings };
  }

  /** The feature's words: its name, and what it measures where that is wanted. */
  async #write(signal: AbortSignal): Promise<void> {
    const part = this.feature.parts[0];
    const measure = this.feature.measured && this.measure ? (this.measure.area === null ? lengthText(this.measure.length) : areaText(this.measure.area)) : '';
    const text = [this.feature.name, measure].filter(Boolean).join(' ');
    if (text === '') return;
    const [lon, lat] = part.type === 'point' ? part.at : labelPlace(part.type === 'line' ? part.points : part.rings[0], part.type === 'polygon');
    const own = part.type === 'point' ? part.height : Number.NaN;
    const ground = Number.isFinite(own) ? own : (await this.#heights([lon, lat], signal))[0];
    if (!signal.aborted) this.labels.push({ text, lon, lat, height: ground + (part.type === 'point' ? STEM : LIFT + 1), rank: 8, size: 14 });
  }

  /** Ground heights in metres; 0 where nothing is known. @param places [2n] lon, lat */
  async #heights(places: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    if (!this.#dem) return new Float32Array(places.length / 2);
    const { heights } = await this.#stage.analysis.run<HeightsInput, HeightsOutput>('heights', { dem: this.#dem, places }, { signal, affinity: this.#dem, priority: 1 });
    return heights.map((height) => (Number.isFinite(height) ? height : 0));
  }

  #colours(count: number, alpha: number): Uint8Array {
    const [r, g, b] = parseColour(this.feature.colour) ?? [0, 0, 0];
    const out = new Uint8Array(4 * count);
    for (let at = 0; at < out.length; at += 4) out.set([r, g, b, alpha], at);
    return out;
  }
}
