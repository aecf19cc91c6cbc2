import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Reading, Series } from '../../engine/ports.ts';
import type { Feed } from './feed.ts';
import { NO_VALUE } from './history.ts';
import type { Question } from './messages.ts';
import { trackOf } from './track.ts';

/** CSS pixels around a pointer. */
const REACH = 6;
/** Points of a series at most, the newest. */
const LONGEST = 4000;
/** Seconds from the moment drawn within which what is drawn answers. */
const DRAWN = 0.5;

/** Answers a question about a feed; times are the twin's clock's. `buffers` of the answer may be handed over. */
export function answer(feed: Feed, question: Question, drawnAt: number): { value: unknown; transfer: Transferable[] } {
  if (question.what === 'nearest') return { value: nearest(feed, question, drawnAt), transfer: [] };
  if (question.what === 'reading') {
    const slot = feed.ids.find(question.id);
    return { value: slot < 0 ? null : readingOf(feed, slot, question.time, drawnAt), transfer: [] };
  }
  if (question.what === 'series') {
    const value = seriesOf(feed, question.id, question.from, Math.min(question.to, drawnAt - feed.wish.lag));
    return { value, transfer: Object.values(value).flatMap(({ times, values }) => [times.buffer as ArrayBuffer, values.buffer as ArrayBuffer]) };
  }
  if (question.what === 'track') {
    const value = trackOf(feed, question, drawnAt);
    return { value, transfer: [value.times.buffer, value.places.buffer, value.read.buffer, value.speeds.buffer] as ArrayBuffer[] };
  }
  if (question.what === 'columns') {
    const value = columns(feed, question.time);
    return { value, transfer: [value.places.buffer as ArrayBuffer, value.stale.buffer as ArrayBuffer] };
  }
  if (question.what === 'quarantine') return { value: feed.ledger.refused(), transfer: [] };
  if (question.what === 'density') {
    const value = feed.history.tally.over(question.from, question.to, question.buckets);
    return { value, transfer: [value.buffer as ArrayBuffer] };
  }
  if (question.what === 'digest') return { value: digest(feed, question.time), transfer: [] };
  const value = feed.recording();
  return { value, transfer: [value.buffer as ArrayBuffer] };
}

/** Where a slot is shown at a clock's time, in metres; false where it is hidden. */
function shownAt(feed: Feed, slot: number, time: number, drawnAt: number, out: Float64Array): boolean {
  const moment = time - feed.wish.lag;
  if (!feed.player) return false;
  return Math.abs(time - drawnAt) < DRAWN ? feed.player.drawn(slot, moment, out) : feed.player.exact(slot, moment, Infinity, out);
}

function nearest(feed: Feed, ask: Extract<Question, { what: 'nearest' }>, drawnAt: number): Reading | null {
  const { clip: m, width, height } = ask;
  const at = new Float64Array(3);
  let best = -1;
  let bestSquare = REACH * REACH;
  let bestDepth = Infinity;
  for (let slot = 0; slot < (feed.player?.slots ?? 0); slot++) {
    if (!shownAt(feed, slot, ask.time, drawnAt, at)) continue;
    const [x, y, z] = at;
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    if (w <= 0) continue;
    const px = ((m[0] * x + m[4] * y + m[8] * z + m[12]) / w / 2 + 0.5) * width - ask.x;
    const py = (0.5 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / w / 2) * height - ask.y;
    const square = px * px + py * py;
    if (square > bestSquare || (square === bestSquare && w >= bestDepth)) continue;
    [best, bestSquare, bestDepth] = [slot, square, w];
  }
  return best < 0 ? null : readingOf(feed, best, ask.time, drawnAt);
}

function readingOf(feed: Feed, slot: number, time: number, drawnAt: number): Reading | null {
  const { history, wish, spec } = feed;
  const record = history.at(slot, time - wish.lag);
  if (record < 0) return null;
  const at = new Float64Array(3);
  const shown = shownAt(feed, slot, time, drawnAt, at);
  if (shown) feed.surface.unplace(at[0], at[1], at[2], at);
  const values: Record<string, number> = {};
  for (const name of wish.as === 'points' ? ['speed', ...history.values.keys()] : history.values.keys()) {
    const value = history.value(record, name);
    if (!Number.isNaN(value) && value !== NO_VALUE) values[name] = value;
  }
  const heading = wish.as === 'points' ? history.heading[record] : NaN;
  return {
    id: feed.ids.name(slot),
    slot,
    time: history.time[record],
    lon: shown ? at[0] : null,
    lat: shown ? at[1] : null,
    height: shown ? at[2] - wish.lift : null,
    heading: Number.isNaN(heading) ? null : heading,
    values,
    stale: time - history.time[history.at(slot, time)] > spec.staleAfter,
  };
}

/** The course of every value of an id, oldest first; readings that do not speak of a value are no points of it, those that say it is missing are NaN. */
function seriesOf(feed: Feed, id: string, from: number, to: number): Record<string, Series> {
  const { history, ids } = feed;
  const slot = ids.find(id);
  const records: number[] = [];
  for (let record = slot < 0 ? -1 : history.at(slot, to); record >= 0 && history.time[record] >= from && records.length < LONGEST; record = history.before(record)) records.push(record);
  records.reverse();
  return Object.fromEntries([...history.values].flatMap(([name, column]) => {
    const spoken = records.filter((record) => !Number.isNaN(column[record]));
    if (spoken.length === 0) return [];
    const values = Float32Array.from(spoken, (record) => (column[record] === NO_VALUE ? NaN : column[record]));
    return [[name, { times: Float64Array.from(spoken, (record) => history.time[record]), values }]];
  }));
}

function columns(feed: Feed, time: number): { ids: string[]; places: Float32Array; stale: Uint8Array } {
  const { history, ids, spec } = feed;
  const places = new Float32Array(3 * ids.slots).fill(NaN);
  const stale = new Uint8Array(ids.slots);
  const names: string[] = [];
  const at = new Float64Array(3);
  for (let slot = 0; slot < ids.slots; slot++) {
    names.push(ids.name(slot));
    if (feed.player?.exact(slot, time - feed.wish.lag, time, at)) places.set(at, 3 * slot);
    const known = history.at(slot, time, time);
    stale[slot] = known < 0 || time - history.time[known] > spec.staleAfter ? 1 : 0;
  }
  return { ids: names, places, stale };
}

/**
 * SHA-256 (hex) over ids and what is shown of them at a clock's time, sorted by id: float32 places, for values their names and float32 numbers.
 * Only readings received by then count, so the answer is the same whenever it is asked, live or from a recording.
 */
export function digest(feed: Feed, time: number): string {
  const { history, ids } = feed;
  const hash = sha256.create();
  const encoder = new TextEncoder();
  const names = Array.from({ length: ids.slots }, (_, slot) => ({ slot, name: ids.name(slot) })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const valueNames = [...history.values.keys()].toSorted();
  const at = new Float64Array(3);
  const numbers = new Float32Array(3);
  const view = new Uint8Array(numbers.buffer);
  for (const { slot, name } of names) {
    if (feed.player) {
      if (!feed.player.exact(slot, time - feed.wish.lag, time, at)) continue;
      numbers.set(at);
      hash.update(encoder.encode(`${name}\0`)).update(view);
      continue;
    }
    const record = history.at(slot, time - feed.wish.lag, time);
    if (record < 0) continue;
    hash.update(encoder.encode(`${name}\0`));
    for (const valueName of valueNames) {
      const speaking = history.speaking(record, valueName, time);
      if (speaking < 0) continue;
      const value = history.value(speaking, valueName);
      numbers[0] = value;
      hash.update(encoder.encode(`${valueName}\0`)).update(view.subarray(0, 4));
    }
  }
  return bytesToHex(hash.digest());
}
