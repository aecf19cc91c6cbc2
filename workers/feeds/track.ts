import type { Track } from '../../engine/ports.ts';
import type { Feed } from './feed.ts';
import type { Question } from './messages.ts';

/** Readings of a track at most, the newest; and places in all. */
const READINGS = 4000;
const PLACES = 20_000;

/** Where an id went: every reading, and between two the way it is shown on, at least every `every` seconds. Moments on the twin's clock, up to what is shown now. */
export function trackOf(feed: Feed, ask: Extract<Question, { what: 'track' }>, drawnAt: number): Track {
  const { history, ids, player, wish, surface } = feed;
  const slot = ids.find(ask.id);
  const last = Math.min(ask.to, drawnAt) - wish.lag;
  const first = ask.from - wish.lag;
  const records: number[] = [];
  for (let record = slot < 0 ? -1 : history.at(slot, last); record >= 0 && records.length < READINGS; record = history.before(record)) {
    records.push(record);
    if (history.time[record] <= first) break;
  }
  records.reverse();
  const rows: { time: number; read: number; speed: number }[] = [];
  records.forEach((record, i) => {
    const time = history.time[record];
    if (time >= first) rows.push({ time, read: 1, speed: history.speed[record] });
    const next = i + 1 < records.length ? history.time[records[i + 1]] : last;
    if (i + 1 >= records.length && history.after(slot, time) < 0) return;
    const pieces = Math.max(1, Math.ceil((next - time) / Math.max(0.1, ask.every)));
    for (let k = 1; k < pieces + (i + 1 < records.length ? 0 : 1) && rows.length < PLACES; k++) {
      const between = time + ((next - time) * k) / pieces;
      if (between >= first) rows.push({ time: between, read: 0, speed: history.speed[record] });
    }
  });
  const out = { times: new Float64Array(rows.length), places: new Float64Array(3 * rows.length), read: new Uint8Array(rows.length), speeds: new Float32Array(rows.length) };
  const at = new Float64Array(3);
  rows.forEach(({ time, read, speed }, i) => {
    out.times[i] = time;
    out.read[i] = read;
    out.speeds[i] = speed;
    if (!player?.exact(slot, time, Infinity, at)) at.fill(NaN);
    surface.unplace(at[0], at[1], at[2], at);
    out.places.set([at[0], at[1], at[2] - wish.lift], 3 * i);
  });
  return out;
}
