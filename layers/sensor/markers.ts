import { placer } from '#geo';
import { batchHit, betterHit, ORDER, type BatchHit, type Drawn, type LabelEntry, type PickAsk, type PointsBatch, type Stage, type Text } from '#engine';
import { parseColour } from '#models';
import type { Station, StationState } from './stations.ts';

/** Diameter in CSS pixels, the same near and far: what is measured is not scenery. */
const SIZE = 20;
/** Metres from the ground to a symbol: over the trees and low roofs around a station. */
export const STEM = 44;
/** Degrees of a cell: a batch spans at most 20 km. */
const CELL = 0.1;
/** A station that knows nothing now: a ring, not a filled symbol. */
export const UNKNOWN_COLOUR = '#8b959c';
const STALE_ALPHA = 120;
const TEXT_SIZE = 15;
const TEXTS = { day: '#1c2529', night: '#f2f6f8', old: '#5c6970', oldNight: '#a4b1b8' } as const;

interface Group {
  readonly batch: PointsBatch;
  readonly drawn: Drawn;
  readonly stations: readonly Station[];
  /** Symbols of stations that know something, or rings of those that do not. */
  readonly known: boolean;
  /** Colours written last. */
  colours: Uint8Array;
}

/** What beside the stations' states is shown at a moment. */
export interface MarkersMoment {
  readonly now: number;
  readonly visible: boolean;
  /** Labels of the layer that are no station's. */
  readonly others: readonly LabelEntry[];
  /** How many stations a station's symbol stands for: 0 where another stands for it. */
  readonly sizeOf: (id: string) => number;
  /** The station chosen; null for none. */
  readonly selected: string | null;
}

/** Seconds as a label wears them: short, two languages. */
export function shortAge(seconds: number): { zh: string; en: string } {
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 90) return { zh: `${minutes} 分钟前`, en: `${minutes} min` };
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? { zh: `${hours} 小时前`, en: `${hours} h` } : { zh: `${Math.round(hours / 24)} 天前`, en: `${Math.round(hours / 24)} d` };
}

/** Symbols on stems at the stations, in the colours of their verdicts; each with its number as text. */
export class Markers {
  readonly #stage: Stage;
  readonly #groups: Group[] = [];
  #said = '';

  constructor(stage: Stage, stations: readonly Station[]) {
    this.#stage = stage;
    const cells = new Map<string, Station[]>();
    for (const station of stations) {
      const key = `${station.kind} ${Math.floor(station.lon / CELL)} ${Math.floor(station.lat / CELL)}`;
      const list = cells.get(key);
      if (list) list.push(station);
      else cells.set(key, [station]);
    }
    for (const members of cells.values()) for (const known of [false, true]) this.#groups.push(this.#draw(members, known));
  }

  /** Metres above the ground that the symbols stand at. */
  get stem(): number {
    return STEM;
  }

  /** Shows the stations as they are at a moment, the worst first where labels need room. */
  show(states: ReadonlyMap<string, StationState>, { now, visible, others, sizeOf, selected }: MarkersMoment): void {
    for (const group of this.#groups) {
      // Where symbols of two kinds meet on the screen, the kind with the worse stations lies in front.
      const worst = Math.max(0, ...group.stations.map(({ id }) => states.get(id)?.verdict?.severity ?? 0));
      const order = ORDER.symbol + (group.known ? 0.1 + 0.8 * worst : 0);
      if (group.drawn.order !== order) group.drawn.order = order;
      const colours = new Uint8Array(4 * group.stations.length);
      group.stations.forEach((station, slot) => {
        const state = states.get(station.id);
        if (state && (state.verdict !== null) === group.known && sizeOf(station.id) > 0) colours.set(this.#colour(state), 4 * slot);
      });
      if (colours.every((byte, i) => byte === group.colours[i])) continue;
      group.colours = colours;
      group.drawn.write({ kind: 'colours', colours });
    }
    const night = this.#stage.light().night > 0.5;
    const seen = [...states.values()].filter(({ station }) => sizeOf(station.id) > 0);
    const labels = visible ? [...seen.map((state) => label(state, { now, night, size: sizeOf(state.station.id), selected: state.station.id === selected })), ...others] : [];
    const said = JSON.stringify(labels);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.labels(labels);
  }

  /** The station nearest to a pixel, within reach. */
  pick(ask: PickAsk): { station: Station; hit: BatchHit } | null {
    const best = this.#groups.filter(({ known }) => known).map(({ batch, stations }) => {
      const hit = batchHit(batch, ask);
      return hit && { ...hit, station: stations[hit.slot] };
    }).reduce(betterHit, null);
    return best && { station: best.station, hit: best };
  }

  #colour({ verdict, stale }: StationState): readonly number[] {
    const [r, g, b] = parseColour(verdict?.colour ?? UNKNOWN_COLOUR) ?? [139, 149, 156];
    if (!stale) return [r, g, b, 255];
    // Half way to grey: the colour of the last level is still to be guessed, the symbol stands back.
    return [(r + 139) / 2, (g + 149) / 2, (b + 156) / 2, STALE_ALPHA];
  }

  #draw(stations: readonly Station[], known: boolean): Group {
    const { lon, lat, height, kind, own } = stations[0];
    const anchor = { lon, lat, height };
    const local = placer(anchor);
    const places = new Float32Array(3 * stations.length);
    stations.forEach((station, slot) => { local.place(station.lon, station.lat, station.height, places, 3 * slot); });
    const batch: PointsBatch = {
      kind: 'points', anchor, epoch: 0, order: ORDER.symbol, ids: stations.map(({ id }) => id), places, colours: new Uint8Array(4 * stations.length).fill(known ? 255 : 0),
      size: known ? SIZE : SIZE * 0.8, symbol: known ? (own ? (own.symbol ?? 'square') : kind) : 'ring', stem: STEM, motion: null,
    };
    return { batch, drawn: this.#stage.draw(batch), stations, known, colours: batch.colours };
  }
}

/** Metres from the eye: farther, a station belongs to another city. */
const FARTHEST = 60_000;

/** A number or word that stands for several stations says how many. */
function counted(text: Text, size: number): Text {
  return size < 2 ? text : { zh: `${text.zh} · ${size} 站`, en: `${text.en} · ${size} stations` };
}

function label({ station, verdict, stale, asOf }: StationState, { now, night, size, selected }: { now: number; night: boolean; size: number; selected: boolean }): LabelEntry {
  const { lon, lat, height } = station;
  const age = stale && asOf !== null ? shortAge(now - asOf) : null;
  const value = verdict?.text ?? '–';
  const nothing = { zh: '无数据', en: 'no data' };
  const said = verdict === null ? nothing : age ? { zh: `${value} · ${age.zh}`, en: `${value} · ${age.en}` } : { zh: value, en: value };
  const text = counted(said, size);
  // Data before names (ranks up to 10), worse before better, fresh before old.
  const rank = verdict === null ? 10 : (stale ? 12 : 20) + Math.round(1000 * verdict.severity) / 100;
  const quiet = verdict === null || stale;
  return {
    text: text.zh === text.en ? text.zh : text, lon, lat, height: height + STEM, rank, ...(selected ? { selected } : {}), size: quiet ? 12 : TEXT_SIZE, colour: night ? (quiet ? TEXTS.oldNight : TEXTS.night) : quiet ? TEXTS.old : TEXTS.day,
    farthest: quiet ? 6000 : FARTHEST,
  };
}
