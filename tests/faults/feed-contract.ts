import { placer } from '#geo';
import type { FeedStatus } from '../../engine/ports.ts';
import { seeded } from '../../workers/feeds/testing/driver.ts';
import { ANCHOR, standingFeed, type StandingFeed } from '../../workers/feeds/testing/standing-feed.ts';

interface Figure {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const equal = (what: string, value: number, reach: number, unit = ''): Figure => ({ what, value, unit, reach, met: value === reach });
const atMost = (what: string, value: number, reach: number, unit = ''): Figure => ({ what, value, unit, reach: `≤ ${reach}`, met: value <= reach });
const START = 1_800_000_000;
const encoder = new TextEncoder();

function receive(standing: StandingFeed, at: number, value: unknown, topic = 'city/vehicles/1'): void {
  standing.now = at;
  standing.feed.receive({ bytes: encoder.encode(JSON.stringify(value)), topic, at });
}

function unaccounted({ ledger }: Pick<FeedStatus, 'ledger'>): number {
  const { received, ...parts } = ledger;
  return received - Object.values(parts).reduce((a, b) => a + b, 0);
}

interface Sample {
  readonly id: string;
  readonly t: number;
  readonly lon: number;
  readonly lat: number;
  readonly seq: number;
}

/** Vehicles on straight ways, a reading a second each. */
function samples(vehicles: number, seconds: number): Sample[] {
  const out: Sample[] = [];
  for (let k = 0; k < seconds; k++) for (let v = 0; v < vehicles; v++) out.push({ id: `v${v}`, t: START + k + v / vehicles, lon: 117.49 + 0.001 * (v % 40) + 1e-4 * Math.sin(k / 9 + v), lat: 30.66 + 1e-4 * k, seq: k * vehicles + v });
  return out;
}

/** Where the history says that each id is at some moments, against a list sorted by time: ids with a wrong place or none. */
function wrongPlaces({ feed }: StandingFeed, list: readonly Sample[], moments: readonly number[]): number {
  const own = new Map<string, Sample[]>();
  for (const sample of list) own.set(sample.id, [...(own.get(sample.id) ?? []), sample]);
  const { place } = placer(ANCHOR);
  const [a, b, shown] = [new Float64Array(3), new Float64Array(3), new Float64Array(3)];
  let wrong = 0;
  for (const [id, all] of own) {
    const sorted = all.toSorted((one, two) => one.t - two.t);
    for (const moment of moments) {
      const next = sorted.findIndex(({ t }) => t > moment);
      const [from, to] = [sorted[(next < 0 ? sorted.length : next) - 1], sorted[next < 0 ? sorted.length - 1 : next]];
      if (!from) continue;
      place(from.lon, from.lat, 0, a);
      place(to.lon, to.lat, 0, b);
      const share = to.t > from.t ? (moment - from.t) / (to.t - from.t) : 0;
      const there = feed.player?.exact(feed.ids.find(id), moment, Infinity, shown) ?? false;
      if (!there || Math.hypot(shown[0] - a[0] - (b[0] - a[0]) * share, shown[1] - a[1] - (b[1] - a[1]) * share) > 0.02) wrong++;
    }
  }
  return wrong;
}

/** Readings twice: three in ten, at once or up to a minute later, with a time of their own or a number alone. */
async function duplicates(): Promise<Figure[]> {
  const random = seeded(9);
  const figures: Figure[] = [];
  for (const [name, timed] of [['by time', true], ['by number, no times', false]] as const) {
    const s = standingFeed();
    const list = samples(200, 150);
    const arrivals = list.map((sample) => ({ at: sample.t + 0.1, sample }));
    let repeats = 0;
    for (const sample of list) {
      if (random() >= 0.3) continue;
      repeats++;
      arrivals.push({ at: sample.t + 0.1 + random() ** 3 * 60, sample });
    }
    for (const { at, sample: { t, ...rest } } of arrivals.toSorted((one, two) => one.at - two.at)) receive(s, at, { ...rest, ...(timed ? { t } : {}) });
    const { ledger } = s.feed.status(s.now);
    figures.push(
      equal(`${name}: readings received`, ledger.received, list.length + repeats),
      equal(`${name}: repeats applied`, repeats - ledger.duplicate, 0, `of ${repeats}`),
      equal(`${name}: readings lost`, list.length - ledger.applied - ledger.coalesced - ledger.late, 0),
      equal(`${name}: unaccounted`, unaccounted({ ledger }), 0),
    );
  }
  return figures;
}

/** Readings up to a minute late, in any order. */
async function disorder(): Promise<Figure[]> {
  const random = seeded(10);
  const s = standingFeed({}, { capacity: 400 });
  const list = samples(300, 240);
  for (const { at, sample } of list.map((sample) => ({ at: sample.t + random() * 60, sample })).toSorted((one, two) => one.at - two.at)) receive(s, at, sample);
  s.feed.flush(s.now);
  const moments = Array.from({ length: 60 }, (_, k) => START + 3 + k * 3.9);
  const status = s.feed.status(s.now);
  let disordered = 0;
  const { history, ids } = s.feed;
  for (let slot = 0; slot < ids.count; slot++) for (let record = history.newest(slot), older = history.before(record); older >= 0; record = older, older = history.before(older)) if (history.time[older] >= history.time[record]) disordered++;
  const newest = new Map(list.map(({ id, t }) => [id, t]));
  return [
    { what: 'readings, of them late', value: `${status.ledger.received}, ${status.ledger.late}`, unit: '', reach: null, met: true },
    equal('records out of order', disordered, 0),
    equal('places that a list sorted by time has elsewhere', wrongPlaces(s, list, moments), 0, `of ${300 * moments.length}`),
    equal('ids whose newest reading is not the newest sent', [...newest].filter(([id, t]) => history.time[history.newest(ids.find(id))] !== t).length, 0),
    equal('gaps announced that disorder alone made and that stayed', status.sequence?.missing ?? -1, 0),
    equal('unaccounted', unaccounted(status), 0),
  ];
}

/** The clocks that cities have. */
async function clocks(): Promise<Figure[]> {
  const place = { lon: 117.49, lat: 30.66 };
  let [wrongLive, worst, cases] = [0, 0, 0];
  const random = seeded(11);
  for (const skew of [3600, -3600, 600, 100, 30, 2, -30, 0, 28_800, -28_800]) {
    const s = standingFeed({ staleAfter: 15 }, { capacity: 20 });
    s.feed.events.open();
    for (let k = 0; k < 900; k++) {
      const measured = START + k * 0.2;
      receive(s, measured + 0.05 - 0.5 * Math.log(1 - random()), { id: `v${k % 10}`, t: measured + skew, ...place });
      if (k % 50 === 0) s.feed.flush(s.now);
    }
    worst = Math.max(worst, Math.abs((s.feed.status(s.now).skew?.seconds ?? Infinity) - skew));
    const stopped = s.now;
    for (let after = 0; after <= 60; after += 0.5) {
      s.now = stopped + after;
      s.feed.flush(s.now);
      cases++;
      const { state, stale, ids } = s.feed.status(s.now);
      if (after > 15 + 2 && (state === 'live' || stale < ids)) wrongLive++;
    }
  }
  const absurd: readonly unknown[] = [0, 12, START / 1000, START * 1e4, 4_291_747_200, '1970-01-01T00:00:00Z', '2106-02-07T06:28:15Z', '2027-01-15T08:00:00', '2027-01-15', 'yesterday', -1, 1e300, [START], { s: START }, true];
  const s = standingFeed();
  for (const t of absurd) receive(s, START, { id: 'a', t, ...place });
  const refused = s.feed.ledger.counts.rejected;
  const jump = standingFeed({ staleAfter: 15 });
  jump.feed.events.open();
  for (let k = 0; k < 100; k++) receive(jump, START + k, { id: 'a', t: START + k + (k < 30 ? 0 : k < 60 ? 3600 : 0), ...place });
  jump.feed.flush(jump.now);
  const { history } = jump.feed;
  const off = Math.abs(history.time[history.newest(0)] - (START + 99));
  const forms: readonly unknown[] = [START, START * 1e3, START * 1e6, '2027-01-15T08:00:00Z', '2027-01-15T16:00:00+08:00'];
  const same = standingFeed();
  for (const t of forms) receive(same, START, { id: 'a', t, ...place });
  return [
    equal('moments shown live later than staleAfter + 2 s after the last message', wrongLive, 0, `of ${cases}`),
    atMost("estimate of the sources' clocks, worst of ten from −8 h to +8 h", Number(worst.toFixed(3)), 0.5, 's'),
    equal('absurd or unclear times refused', refused, absurd.length, `of ${absurd.length}`),
    atMost('after a jump of an hour and back: newest reading off by', off, 1, 's'),
    equal('the same moment in five forms: readings told apart', same.feed.ledger.counts.received - same.feed.ledger.counts.duplicate, 1),
  ];
}

/** Messages left out, counts begun anew, epochs changed. */
async function numbered(): Promise<Figure[]> {
  const random = seeded(12);
  const s = standingFeed({}, { capacity: 200 });
  let [made, lost, restarts, at] = [0, 0, 0, START];
  const numbersOf = new Map<string, number>();
  const expected: string[] = [];
  const said: string[] = [];
  for (let round = 0; round < 400; round++) {
    const source = `gateway-${round % 8}`;
    at += 1;
    const skip = random() < 0.3 ? 1 + Math.floor(random() * 20) : 0;
    const from = numbersOf.get(source) ?? 0;
    const again = random() < 0.05 && from > 100;
    const seq = again ? 0 : from + skip;
    if (again) restarts++;
    else if (skip > 0 && from > 0) {
      made++;
      lost += skip;
      expected.push(`${source} ${from} ${from + skip - 1}`);
    }
    for (let k = 0; k < 20; k++) receive(s, at + k * 0.01, { id: `${source}-${k}`, t: at + k * 0.01, lon: 117.49, lat: 30.66, seq: seq + k, source });
    numbersOf.set(source, seq + 20);
    s.now = at + 0.9;
    s.feed.flush(s.now);
    for (const gap of s.feed.status(s.now).sequence?.latest ?? []) {
      const line = `${gap.source} ${gap.from} ${gap.to}`;
      if (said.at(-1) !== line && !said.slice(-20).includes(line)) said.push(line);
    }
  }
  s.now += 5;
  s.feed.flush(s.now);
  for (const gap of s.feed.status(s.now).sequence?.latest ?? []) if (!said.slice(-20).includes(`${gap.source} ${gap.from} ${gap.to}`)) said.push(`${gap.source} ${gap.from} ${gap.to}`);
  const sequence = s.feed.status(s.now).sequence;
  return [
    equal('gaps found', sequence?.gaps ?? -1, made, `of ${made}`),
    equal('gaps named with another range', expected.filter((line) => !said.includes(line)).length, 0),
    equal('messages missed', sequence?.missing ?? -1, lost, `of ${lost}`),
    equal('counts begun anew, found', sequence?.restarts ?? -1, restarts, `of ${restarts}`),
    equal('readings lost to any of it', s.feed.ledger.counts.received - s.feed.ledger.counts.applied - s.feed.ledger.counts.coalesced, 0),
  ];
}

/** Fields renamed, taken away, nested, in another type or unit. */
async function drift(): Promise<Figure[]> {
  const good = (k: number) => ({ id: `s${k % 20}`, t: START + k, values: { pm25: 30 + (k % 9), so2: 7 } });
  const cases: readonly [name: string, code: string, change: (k: number) => unknown][] = [
    ['value renamed', 'value-stopped', (k) => ({ ...good(k), values: { PM25: 999, so2: 7 } })],
    ['value taken away', 'value-stopped', (k) => ({ ...good(k), values: { so2: 7 } })],
    ['value nested deeper', 'value-stopped', (k) => ({ ...good(k), values: { pm25: { value: 999 }, so2: 7 } })],
    ['value as text', 'value-stopped', (k) => ({ ...good(k), values: { pm25: '999', so2: 7 } })],
    ['all values elsewhere', 'no-value', (k) => ({ ...good(k), values: undefined, data: { pm25: 999 } })],
    ['time renamed', 'no-time', (k) => ({ ...good(k), t: undefined, ts: START, values: { pm25: 999 } })],
    ['id renamed', 'missing-field', (k) => ({ ...good(k), id: undefined, station: 's1', values: { pm25: 999 } })],
    ['unit changed', 'value-scale', (k) => ({ ...good(k), values: { pm25: 30_000, so2: 7 } })],
  ];
  let [named, shown, kept] = [0, 0, 0];
  for (const [, code, change] of cases) {
    const s = standingFeed({ decode: 'readings', staleAfter: 60 }, { as: 'values' });
    for (let k = 0; k < 400; k++) receive(s, START + k, good(k));
    s.feed.flush(s.now);
    const last = s.screen.values.get('s5 pm25');
    for (let k = 400; k < 1000; k++) {
      receive(s, START + k, change(k));
      if (k % 10 === 0) s.feed.flush(s.now);
    }
    s.feed.flush(s.now);
    if (s.feed.ledger.issues().some((issue) => issue.code === code)) named++;
    if (code === 'value-scale') continue;
    if ([...s.screen.values].some(([key, value]) => key.endsWith(' pm25') && value === 999)) shown++;
    if (s.screen.values.get('s5 pm25') === last) kept++;
  }
  return [
    equal('changes named in an issue', named, cases.length, `of ${cases.length}`),
    equal('false values shown under the old name', shown, 0),
    equal('last good value still there, with its own time', kept, cases.length - 1, `of ${cases.length - 1}`),
  ];
}

/** Places that cannot be. */
async function places(): Promise<Figure[]> {
  const s = standingFeed({}, { capacity: 100 });
  const good = { lon: 117.49, lat: 30.66 };
  const bad: readonly object[] = [
    { lon: 181, lat: 30 }, { lon: 117, lat: 91 }, { lon: 30.66, lat: 117.49 }, { lon: 0, lat: 0 }, { lon: 0.00001, lat: -0.00001 }, { lon: 113.9, lat: 22.5 }, { lon: -117.49, lat: 30.66 },
    { lon: 117.49, lat: -30.66 }, { lon: 117.49, lat: 30.66, height: 2e6 }, { lon: 122, lat: 30.66 }, { lon: 117490000, lat: 30660000 }, { lon: 118.4, lat: 30.66 },
  ];
  let wrong = 0;
  for (let k = 0; k < 2400; k++) {
    receive(s, START + k, { id: `v${k % 4}`, t: START + k, ...(k > 40 && k % 10 === 5 ? bad[Math.floor(k / 10) % bad.length] : good) });
    s.feed.flush(s.now);
    for (let slot = 0; slot < s.feed.ids.count; slot++) {
      const at = s.screen.at(slot, s.now);
      if (at && Math.hypot(at.x, at.y) > 50) wrong++;
    }
  }
  const { rejected, received } = s.feed.ledger.counts;
  const sent = Array.from({ length: 2400 }, (_, k) => k).filter((k) => k > 40 && k % 10 === 5).length;
  return [
    equal('places off the Earth, swapped, at 0, 0, far away or leapt to: shown', wrong, 0),
    equal('refused', rejected, sent, `of ${sent}`),
    equal('good ones applied', received - rejected, 2400 - sent),
    { what: 'reasons given', value: [...new Set(s.feed.ledger.quarantine.map(({ code }) => code))].join(', '), unit: '', reach: null, met: true },
  ];
}

export const rows: Readonly<Record<string, () => Promise<Figure[]>>> = { F09: duplicates, F10: disorder, F11: clocks, F12: numbered, F15: drift, F16: places };
