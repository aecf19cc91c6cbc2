import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeGrid } from '#geo';
import { groundSeen } from '../../engine/view-ground.ts';
import type { FeedInterest } from '../../engine/ports.ts';
import { IdTable } from './ids.ts';
import { InterestArea, topicOf, type InterestChange } from './interest.ts';
import { standingFeed } from './testing/standing-feed.ts';

const START = 1_800_000_000;
const spec: FeedInterest = { grid: 'beidou', level: 4, topic: 'city/{cell}/#' };
/** A rectangle as a view's outline. */
const box = (west: number, south: number, east: number, north: number): Float64Array => Float64Array.of(west, south, east, south, east, north, west, north);
const MINUTE = 1 / 60;

function watched(more: Partial<FeedInterest> = {}) {
  const area = new InterestArea({ ...spec, ...more });
  const changes: InterestChange[] = [];
  area.onChange((change) => changes.push(change), new AbortController().signal);
  return { area, changes };
}

describe('cells that views see', () => {
  it('are those under the outline and its margin, no others', () => {
    const grid = codeGrid('beidou', 4);
    fc.assert(
      fc.property(fc.double({ min: 117, max: 118, noNaN: true }), fc.double({ min: 30, max: 31, noNaN: true }), fc.double({ min: 0.2, max: 6, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true }), (lon, lat, size, turn) => {
        const { area } = watched({ margin: 0 });
        const corners = [0, 1, 2, 3].map((k) => [lon + size * MINUTE * Math.cos(turn + (k * Math.PI) / 2), lat + size * MINUTE * Math.sin(turn + (k * Math.PI) / 2)] as const);
        area.see([Float64Array.from(corners.flat())], START);
        // The slow way: many places inside the outline.
        for (let u = 0; u <= 1; u += 0.1) {
          for (let v = 0; v <= 1; v += 0.1) {
            const at = (axis: 0 | 1): number => (1 - u) * ((1 - v) * corners[0][axis] + v * corners[1][axis]) + u * ((1 - v) * corners[3][axis] + v * corners[2][axis]);
            expect(area.codes()).toContain(grid.code(grid.column(at(0)), grid.row(at(1))));
          }
        }
        expect(area.size).toBeLessThanOrEqual((1.42 * size + 2) ** 2 * 1.5);
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  it('do not change while the view moves a little, linger when it leaves, and go then', () => {
    const { area, changes } = watched();
    const view = (dx: number): Float64Array => box(117.4 + dx * MINUTE, 30.6, 117.4 + (4 + dx) * MINUTE, 30.6 + 4 * MINUTE);
    area.see([view(0.3)], START);
    expect(changes).toHaveLength(1);
    for (const dx of [0.32, 0.28, 0.35, 0.25, 0.3]) area.see([view(dx)], START + dx);
    expect(changes).toHaveLength(1);
    area.see([view(400)], START + 1);
    expect(changes).toHaveLength(2);
    expect(changes[1].drop).toEqual([]);
    area.see([view(0.3)], START + 2);
    expect(changes).toHaveLength(2);
    area.see([view(400)], START + 3);
    area.tick(START + 9);
    expect(changes.at(-1)?.drop.toSorted()).toEqual([...changes[0].add].toSorted());
    expect(area.codes().toSorted()).toEqual([...changes[1].add].toSorted());
    area.see([], START + 10);
    area.tick(START + 16);
    expect(area.size).toBe(0);
  });

  it('are never more than allowed, the middle first', () => {
    const { area } = watched({ most: 20 });
    area.see([box(117, 30, 118, 31)], START);
    expect(area.size).toBe(20);
    expect(area.over).toBeGreaterThan(100);
    expect(area.holds(117.5, 30.5)).toBe(true);
    expect(area.holds(117.01, 30.01)).toBe(false);
    area.see([box(112, 30, 113, 31)], START + 1);
    expect(area.size).toBeLessThanOrEqual(20);
    expect(area.holds(112.5, 30.5)).toBe(true);
  });

  it('have a topic each', () => {
    expect(topicOf(spec, 'N50H651E9')).toBe('city/N50H651E9/#');
    expect(new InterestArea(spec).matches('city/N50H651E9/bus/7', ['N50H651E9'])).toBe(true);
  });
});

describe('the ground that a view sees', () => {
  const view = (pose: object) => groundSeen({ pose: { lon: 117.49, lat: 30.66, height: 1000, heading: 0, pitch: -90, roll: 0, ...pose }, frustum: { fov: 60, offset: [0, 0] }, width: 1600, height: 800 });
  const spans = (outline: Float64Array): [number, number] => {
    const lons = outline.filter((_, i) => i % 2 === 0);
    const lats = outline.filter((_, i) => i % 2 === 1);
    return [(Math.max(...lons) - Math.min(...lons)) * 111_320 * Math.cos((30.66 * Math.PI) / 180), (Math.max(...lats) - Math.min(...lats)) * 110_870];
  };

  it('straight down is twice the height times the tangent, wider by the aspect', () => {
    const [wide, tall] = spans(view({}));
    expect(tall).toBeCloseTo(2 * 1000 * Math.tan(Math.PI / 6), -1);
    expect(wide).toBeCloseTo(4 * 1000 * Math.tan(Math.PI / 6), -1);
  });

  it('towards the horizon ends at some times the height, ahead of the eye', () => {
    const outline = view({ pitch: -5, heading: 90 });
    const lons = [...outline].filter((_, i) => i % 2 === 0);
    expect(Math.max(...lons) - 117.49).toBeGreaterThan(0.1);
    expect(Math.max(...lons) - 117.49).toBeLessThan(0.17);
    expect(Math.min(...lons)).toBeGreaterThan(117.49);
  });
});

describe('ids that are forgotten', () => {
  it('give their slots to others, as a map of slots does', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 300 }), (numeric, steps) => {
        const table = new IdTable(24, numeric);
        const truth = new Map<string, number>();
        for (const [key, add] of steps) {
          const id = numeric ? String(key * 65_537) : `v${key}`;
          if (add) {
            const slot = table.add(numeric ? Number(id) : id);
            if (truth.has(id)) expect(slot).toBe(truth.get(id));
            else if (truth.size >= 24) expect(slot).toBe(-1);
            else {
              expect([...truth.values()]).not.toContain(slot);
              truth.set(id, slot);
            }
          } else if (truth.has(id)) {
            table.remove(truth.get(id) ?? -1);
            truth.delete(id);
          }
          expect(table.count).toBe(truth.size);
        }
        for (const [id, slot] of truth) {
          expect(table.find(id)).toBe(slot);
          expect(table.name(slot)).toBe(id);
        }
        expect(table.slots).toBeLessThanOrEqual(24);
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it('disappear with their cell, are no stale ones, and come back with it; a city larger than the capacity can be crossed', () => {
    const s = standingFeed({ interest: { ...spec, linger: 1, margin: 0 } }, { capacity: 30 });
    let now = START;
    for (let step = 0; step < 20; step++) {
      const west = 117.49 + step * 2 * MINUTE;
      s.feed.interest?.see([box(west, 30.66, west + 0.5 * MINUTE, 30.66 + 0.5 * MINUTE)], now);
      for (let k = 0; k < 20; k++) {
        s.now = now;
        s.send({ id: `v${(step % 19) * 100 + k}`, t: now, lon: west + 0.01 * MINUTE * k, lat: 30.6605 }, 'city/x');
      }
      s.feed.flush(now);
      now += 3;
      s.now = now;
      s.feed.interest?.see([], now);
      now += 3;
      s.now = now;
      s.feed.flush(now);
      s.feed.flush(now + 0.04);
      expect(s.feed.status(now)).toMatchObject({ ids: 0, stale: 0 });
      for (let slot = 0; slot < 20; slot++) expect(s.screen.at(slot, now)).toBeNull();
    }
    expect(s.feed.ledger.counts).toMatchObject({ received: 400, rejected: 0 });
    expect(s.feed.ids.slots).toBe(20);
  });
});
