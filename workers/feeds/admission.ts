import type { Anchor } from '#geo';
import type { Draft } from './decoders/draft.ts';
import type { History } from './history.ts';

/** Seconds that a reading may be ahead of its receipt: a clock or a zone that is wrong, see skew.ts; past it the time means nothing. */
const AHEAD = 86_400;
/** 2000-01-01: an older time is a clock that was never set. */
const OLDEST = 946_684_800;
/** Metres from the anchor: farther things belong to another batch. */
const FARTHEST = 100_000;
/** Metres and metres a second from which two readings cannot be of one thing. */
const TELEPORT = { metres: 20_000, speed: 350 };
/** The same, only said. */
const STRANGE = { metres: 1000, speed: 150 };

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** What is wrong with a reading's time; null when nothing. `at`: time of receipt. */
export function timeFault(time: number, at: number): Refusal | null {
  if (!(time >= OLDEST)) return { code: 'bad-time', message: `A reading's time is ${time} s, before the year 2000.` };
  if (time > at + AHEAD) return { code: 'clock-ahead', message: `A reading's time is ${Math.round(time - at)} s ahead of this machine's clock.` };
  return null;
}

/** What is wrong with a reading's place in degrees; null when nothing. */
export function placeFault({ lon, lat, height }: Draft): Refusal | null {
  if (!(Math.abs(lat) <= 90) || !(Math.abs(lon) <= 180)) {
    const swapped = Math.abs(lat) <= 180 && Math.abs(lon) <= 90;
    return { code: 'out-of-range', message: `A place at longitude ${lon}, latitude ${lat} is not on Earth${swapped ? '; are they swapped?' : '.'}` };
  }
  if (Math.abs(lon) < 1e-4 && Math.abs(lat) < 1e-4) return { code: 'null-island', message: 'A place at 0, 0 stands for a missing one.' };
  if (height < -12_000 || height > 100_000) return { code: 'out-of-range', message: `A height of ${height} m is not near the ground.` };
  return null;
}

/** Whether a place is nearer to an anchor than to any of its siblings (the first of equals counts), on the sphere: it only has to be the same in every wish. */
export function isOwn({ lon, lat }: Draft, own: Anchor, siblings: readonly Anchor[]): boolean {
  const chord = (anchor: Anchor): number => {
    const toRadians = Math.PI / 180;
    const dLat = Math.sin(((lat - anchor.lat) * toRadians) / 2);
    const dLon = Math.sin(((lon - anchor.lon) * toRadians) / 2);
    return dLat * dLat + Math.cos(lat * toRadians) * Math.cos(anchor.lat * toRadians) * dLon * dLon;
  };
  const mine = chord(own);
  return siblings.every((sibling) => mine < chord(sibling) || (mine === chord(sibling) && (own.lon < sibling.lon || (own.lon === sibling.lon && own.lat <= sibling.lat))));
}

export function farFault(x: number, y: number): Refusal | null {
  return Math.hypot(x, y) <= FARTHEST ? null : { code: 'outside', message: `A place ${Math.round(Math.hypot(x, y) / 1000)} km from the anchor; 100 km are the most.` };
}

/** Looks for readings that cannot follow the last one of their id. One alone is refused; a second near the first is believed. */
export class Teleports {
  private readonly suspects = new Map<number, { time: number; x: number; y: number }>();

  /** A slot is another id's from now on. */
  forget(slot: number): void {
    this.suspects.delete(slot);
  }

  /** `refuse`: not to be shown; `strange`: shown, and said. Only for readings newer than all of their id. */
  check(history: History, slot: number, time: number, x: number, y: number): 'fine' | 'strange' | 'refuse' {
    const last = history.newest(slot);
    if (last < 0 || time <= history.time[last]) return 'fine';
    const metres = Math.hypot(x - history.x[last], y - history.y[last]);
    const speed = metres / (time - history.time[last]);
    if (metres <= STRANGE.metres || speed <= STRANGE.speed) {
      this.suspects.delete(slot);
      return 'fine';
    }
    if (metres <= TELEPORT.metres || speed <= TELEPORT.speed) return 'strange';
    const suspect = this.suspects.get(slot);
    const confirmed = suspect !== undefined && time > suspect.time && Math.hypot(x - suspect.x, y - suspect.y) <= Math.max(STRANGE.metres, STRANGE.speed * (time - suspect.time));
    if (confirmed) {
      this.suspects.delete(slot);
      return 'strange';
    }
    if (this.suspects.size < 10_000) this.suspects.set(slot, { time, x, y });
    return 'refuse';
  }
}
