import type { Anchor } from '#geo';
import { ORDER, TwinError, toTwinError, type Drawn, type LabelEntry, type PointsBatch, type Stage } from '#engine';
import { parseColour, type AffectedInput, type AffectedOutput, type DrapeInput, type DrapeOutput, type HeightsInput, type HeightsOutput } from '#models';
import { kindTexts, type Incident } from './incident.ts';

/** Absolute URLs of what an incident is asked of; null where the city has none. */
export interface ZoneSources {
  readonly companion: string | null;
  readonly dem: string | null;
}

export const ALARM = '#f0372b';
export const AFFECTED = '#ff6a45';
/** Metres from the ground to the symbol: over the roofs of an ordinary block. */
export const STEM = 60;
const SYMBOL_PIXELS = 30;
const FILL_ALPHA = 44;
const OUTLINE_PIXELS = 2.5;

/** [4 · count] bytes of one colour. */
function filled(count: number, colour: string, alpha: number): Uint8Array {
  const [r, g, b] = parseColour(colour) ?? [0, 0, 0];
  const out = new Uint8Array(4 * count);
  for (let at = 0; at < out.length; at += 4) out.set([r, g, b, alpha], at);
  return out;
}

/** One incident on the stage: ring, symbol and the buildings it affects. Until `end()`. */
export class Zone {
  incident: Incident;
  /** The answer; null until it is there, or when there is nothing to ask. */
  affected: AffectedOutput | null = null;
  /** 0 … 1 while the answer is being computed, null before and after. */
  progress: number | null = 0;
  failed: TwinError | null = null;
  /** Metres above the ellipsoid. */
  ground: number;
  /** As drawn, for picks; null before the ground is known. */
  symbol: PointsBatch | null = null;
  /** Settles when everything about the zone is known or has failed. */
  readonly done: Promise<void>;
  readonly #stage: Stage;
  readonly #sources: ZoneSources;
  readonly #changed: () => void;
  #before: AffectedOutput | null;
  readonly #run = new AbortController();
  readonly #drawn: Drawn[] = [];

  /** @param before the answer for the circle that this one follows: painted until there is a new one, so that nothing flashes */
  constructor(stage: Stage, sources: ZoneSources, incident: Incident, before: AffectedOutput | null, changed: () => void) {
    this.#stage = stage;
    this.#sources = sources;
    this.#changed = changed;
    this.#before = before;
    this.incident = incident;
    this.ground = incident.height ?? 0;
    this.done = this.#start();
  }

  /** What is painted: the answer, or the last one while the next is on its way. */
  get painted(): AffectedOutput | null {
    return this.affected ?? this.#before;
  }

  /** Where the symbol stands. */
  get anchor(): Anchor {
    return { lon: this.incident.lon, lat: this.incident.lat, height: this.ground };
  }

  /** @param night in the dark the alarm's own colour is the one that is read */
  label(night: boolean): LabelEntry {
    const { lon, lat, title, kind } = this.incident;
    const count = this.affected ? ` · ${this.affected.total.toLocaleString('en-US')}` : '';
    const text = title ? title + count : { zh: kindTexts[kind].zh + count, en: kindTexts[kind].en + count };
    return { text, lon, lat, height: this.ground + STEM, rank: 10, alarm: true, colour: night ? '#ff8a7a' : '#c3211a', size: 15 };
  }

  end(): void {
    this.#run.abort(new TwinError('aborted', `The incident ${this.incident.id} was changed or taken away.`, { where: this.incident.id }));
    for (const drawn of this.#drawn.splice(0)) drawn.dispose();
  }

  async #start(): Promise<void> {
    const { signal } = this.#run;
    const parts = [this.#show(signal), this.#ask(signal)];
    for (const outcome of await Promise.allSettled(parts)) {
      if (outcome.status === 'fulfilled' || signal.aborted) continue;
      this.failed = toTwinError(outcome.reason, 'analysis-failed', this.incident.id);
      this.#stage.report(this.failed);
    }
    if (signal.aborted) return;
    this.#before = null;
    this.progress = null;
    this.#changed();
  }

  /** Symbol and ring on the ground. */
  async #show(signal: AbortSignal): Promise<void> {
    const { lon, lat, height } = this.incident;
    if (height === undefined && this.#sources.dem) {
      const input: HeightsInput = { dem: this.#sources.dem, places: [lon, lat] };
      const { heights } = await this.#stage.analysis.run<HeightsInput, HeightsOutput>('heights', input, { signal, affinity: input.dem, priority: 2 });
      if (signal.aborted) return;
      this.ground = Number.isFinite(heights[0]) ? heights[0] : 0;
    }
    this.#drawSymbol();
    this.#changed();
    const input: DrapeInput = { dem: this.#sources.dem, circle: { lon, lat, radius: this.incident.radius }, height: this.ground, lift: 0.6, anchor: this.anchor };
    const drape = await this.#stage.analysis.run<DrapeInput, DrapeOutput>('drape', input, { signal, affinity: input.dem ?? undefined, priority: 2 });
    if (!signal.aborted) this.#drawRing(drape);
  }

  /** Which buildings: from the companion, whatever is loaded or seen. */
  async #ask(signal: AbortSignal): Promise<void> {
    if (!this.#sources.companion) return;
    const { lon, lat, radius } = this.incident;
    const input: AffectedInput = { companion: this.#sources.companion, lon, lat, radius };
    const onProgress = (fraction: number): void => {
      if (signal.aborted) return;
      this.progress = fraction;
      this.#changed();
    };
    const affected = await this.#stage.analysis.run<AffectedInput, AffectedOutput>('affected', input, { signal, onProgress, affinity: input.companion, priority: 3 });
    if (signal.aborted) return;
    this.affected = affected;
    this.#changed();
  }

  #drawSymbol(): void {
    this.symbol = {
      kind: 'points', anchor: this.anchor, epoch: 0, order: ORDER.symbol, ids: [this.incident.id], places: new Float32Array(3),
      colours: filled(1, ALARM, 255), size: SYMBOL_PIXELS, symbol: 'alert', stem: STEM, motion: null,
    };
    this.#drawn.push(this.#stage.draw(this.symbol));
  }

  #drawRing({ anchor, places, indices, outline }: DrapeOutput): void {
    const head = { anchor, epoch: 0, ids: [this.incident.id] };
    this.#drawn.push(this.#stage.draw({ kind: 'mesh', ...head, order: ORDER.groundDrape, places, indices, colours: filled(places.length / 3, ALARM, FILL_ALPHA), slots: null, lit: false }));
    const rings = outline.starts.length - 1;
    this.#drawn.push(this.#stage.draw({
      kind: 'lines', ...head, ids: Array.from({ length: rings }, () => this.incident.id), order: ORDER.groundLine,
      places: outline.places, starts: outline.starts, colours: filled(rings, ALARM, 235), width: OUTLINE_PIXELS, metres: false, flow: 0,
    }));
  }
}
