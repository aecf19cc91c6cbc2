import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Feed } from '../workers/feeds/feed.ts';
import { seeded } from '../workers/feeds/testing/driver.ts';
import { standingFeed } from '../workers/feeds/testing/standing-feed.ts';

interface Row {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const START = 1_800_000_000;
const SENSORS = 10_000;
const MINUTES = 1440;
const INSTANTS = 60;
const MB = 2 ** 20;

function inUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A course with a day in it, the same every time. */
const valueOf = (sensor: number, minute: number): number => 40 + 25 * Math.sin(minute / 229 + sensor) + ((sensor * 31 + minute * 17) % 13);

/** Moments far from one another, as a finger on a track asks for them. */
function instants(): number[] {
  const random = seeded(7);
  return Array.from({ length: INSTANTS }, () => START + 60 + random() * (MINUTES - 2) * 60);
}

const worst = (list: readonly number[]): number => Math.max(...list);
const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1];

/** A day of every sensor in a feed with so many bytes for its history, in the order that it comes. */
function filled(budget: number): Feed {
  const { feed } = standingFeed({ decode: 'readings', transport: 'replay', staleAfter: 600 }, { as: 'values', capacity: SENSORS }, { history: budget, recording: 1024 });
  const ids = Array.from({ length: SENSORS }, (_, sensor) => `s${sensor}`);
  for (let minute = 0; minute < MINUTES; minute++) {
    const time = START + minute * 60;
    feed.recall({ count: SENSORS, ids, times: new Float64Array(SENSORS).fill(time), values: new Map([['pm25', Float64Array.from(ids, (_, sensor) => valueOf(sensor, minute))]]) }, 0, SENSORS);
    if (minute % 10 === 0) feed.flush(time);
  }
  return feed;
}

/** Milliseconds of processor time, garbage collection included: other work on the machine is not counted. */
function spentOn(what: () => void): number {
  const begun = process.cpuUsage();
  what();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

/** Milliseconds from a moment asked for to the columns that leave for the main thread, everything told anew. */
function shown(feed: Feed): number[] {
  feed.flush(START + MINUTES * 60);
  return instants().map((moment) => spentOn(() => feed.flush(moment)));
}

/** The naive way: an object a reading, in the order that they came; a moment is shown by walking to it. */
function naive(): Row[] {
  const before = inUse();
  const readings: { id: string; time: number; value: number }[] = [];
  const ids = Array.from({ length: SENSORS }, (_, sensor) => `s${sensor}`);
  for (let minute = 0; minute < MINUTES; minute++) for (let sensor = 0; sensor < SENSORS; sensor++) readings.push({ id: ids[sensor], time: START + minute * 60, value: valueOf(sensor, minute) });
  const memory = (inUse() - before) / MB;
  const spent = instants().slice(0, 8).map((moment) => spentOn(() => {
    const newest = new Map<string, number>();
    for (const { id, time, value } of readings) {
      if (time > moment) break;
      newest.set(id, value);
    }
  }));
  return [
    { what: 'the same with an object a reading: memory', value: Math.round(memory), unit: 'MB', reach: null, met: true },
    { what: 'the same with an object a reading: a moment shown, worst of 8', value: Math.round(worst(spent)), unit: 'ms', reach: null, met: true },
  ];
}

/** Scrubbing through a day of 10,000 sensors at a minute. */
export function run(): Row[] {
  const rows: Row[] = [];
  const name = `a day of ${SENSORS.toLocaleString('en')} sensors at a minute (${((SENSORS * MINUTES) / 1e6).toFixed(1)} M values)`;
  for (const [label, budget] of [['all kept', 600 * MB], ['in the usual 28 MB, thinned with age', 28 * MB]] as const) {
    const before = inUse();
    const made: { feed?: Feed } = {};
    const filling = spentOn(() => { made.feed = filled(budget); }) / 1000;
    const feed = made.feed!;
    const spent = shown(feed);
    const memory = (inUse() - before) / MB;
    const { thinned, held, size } = feed.history;
    rows.push(
      { what: `${name}, ${label}: a moment shown, worst of ${INSTANTS}`, value: Math.round(worst(spent)), unit: 'ms', reach: 100, met: worst(spent) <= 100 },
      { what: `${name}, ${label}: a moment shown, p50`, value: Math.round(median(spent)), unit: 'ms', reach: null, met: true },
      { what: `${name}, ${label}: memory`, value: Math.round(memory), unit: 'MB', reach: budget < 100 * MB ? 64 : null, met: budget > 100 * MB || memory <= 64 },
      { what: `${name}, ${label}: readings kept`, value: size, unit: 'readings', reach: null, met: true },
      { what: `${name}, ${label}: put in`, value: Math.round((SENSORS * MINUTES) / filling / 1000), unit: '1,000/s', reach: 100, met: (SENSORS * MINUTES) / filling >= 100_000 },
    );
    if (thinned.length > 0) rows.push({ what: `${name}, ${label}: reaches back, coarsest bucket`, value: `${(((held?.to ?? 0) - (held?.from ?? 0)) / 3600).toFixed(1)} h, ${Math.round(thinned[0].step / 60)} min`, unit: '', reach: '≥ 23.9 h', met: (held?.to ?? 0) - (held?.from ?? 0) >= 23.9 * 3600 });
  }
  return [...rows, ...naive()];
}
