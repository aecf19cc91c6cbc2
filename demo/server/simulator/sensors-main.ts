import { connect, type MqttClient } from 'mqtt';
import { readSensorFile, type StationSeries } from '../sensor-files.ts';
import { beijing, LEAD, placeSeries, replayedReading, sourceOf, type Placed } from './sensor-replay.ts';
import { MadeUpCity, type StationReading } from './sensors.ts';
import type { StationPlace } from './station-places.ts';

/** What the parent process says to start with. */
export interface SensorOrders {
  readonly stations: readonly StationPlace[];
  readonly broker: string;
  /** Topics stand below this word: `city/sensors/7`. */
  readonly prefix: string;
  readonly seed: number;
  /** Real series instead of simulated air. */
  readonly files: readonly string[];
  /** Times faster than measured. */
  readonly rate: number;
}

/** What this process tells its parent: where the readings come from, as the layer's `about`. */
export interface SensorAbout {
  readonly source: { readonly zh: string; readonly en: string };
  readonly stations: Readonly<Record<string, { readonly source: { readonly zh: string; readonly en: string } }>>;
}

/** Seconds between two readings of a simulated station. */
const INTERVAL = 20;
/** Seconds between two readings that the broker keeps as the past, and how many of them. */
const PAST_STEP = 1800;
const PAST = 48;

const SIMULATED = { zh: '程序模拟的监测数据，非实测', en: 'Readings simulated by a program, not measured' };

/** A reading at QoS 1, kept by the broker for who comes later. */
function publish(client: MqttClient, topic: string, reading: StationReading): void {
  client.publish(topic, JSON.stringify([reading]), { qos: 1, retain: true });
}

/** Simulated stations: each says its newest every 20 s, and a ring of topics keeps its last day in steps of half an hour. */
function simulate(client: MqttClient, { prefix, seed }: SensorOrders, stations: readonly StationPlace[]): void {
  const city = new MadeUpCity(seed);
  const past = (index: number, step: number): void => {
    const reading = city.reading(stations[index], step * PAST_STEP);
    if (reading) publish(client, `${prefix}/sensors/${stations[index].id}/past/${step % PAST}`, reading);
  };
  const first = Math.floor(Date.now() / 1000 / PAST_STEP);
  let last = first;
  for (let index = 0; index < stations.length; index++) for (let step = first - PAST + 1; step <= first; step++) past(index, step);
  let turn = 0;
  setInterval(() => {
    const now = Math.floor(Date.now() / 1000);
    for (let index = turn; client.connected && index < stations.length; index += INTERVAL) {
      const reading = city.reading(stations[index], now);
      if (reading) publish(client, `${prefix}/sensors/${stations[index].id}`, reading);
    }
    turn = (turn + 1) % INTERVAL;
    const step = Math.floor(now / PAST_STEP);
    if (step > last) for (let index = 0; index < stations.length; index++) past(index, step);
    last = step;
  }, 1000);
}

/** Real series: an hour at a time, each on the next topic of a ring, so that the broker keeps the last hours. Begins with two days at once. */
function replay(client: MqttClient, { prefix, rate }: SensorOrders, placed: readonly Placed[]): void {
  const seconds = 3600 / rate;
  const say = (step: number, t: number): void => {
    for (const each of placed) {
      publish(client, `${prefix}/sensors/${each.station.id}/${step % LEAD}`, replayedReading(each, step, t));
      if (step > 0 && step % each.series.hours.length === 0) console.log(`The series of ${each.series.station} is at its end and begins again.`);
    }
  };
  const start = Date.now() / 1000;
  for (let step = 0; step < LEAD; step++) say(step, Number((start - (LEAD - 1 - step) * seconds).toFixed(3)));
  let next = LEAD;
  setInterval(() => {
    for (; start + (next - LEAD + 1) * seconds <= Date.now() / 1000; next++) if (client.connected) say(next, Number((start + (next - LEAD + 1) * seconds).toFixed(3)));
  }, Math.max(50, Math.min(1000, seconds * 250)));
}

function tellSeries(series: StationSeries, place: Placed | undefined): void {
  const sum = (counts: Readonly<Record<string, number>>): string => Object.entries(counts).map(([what, many]) => `${many} × ${what}`).join(', ');
  const { station, rows, hours, skipped, missing, unreadable } = series;
  const kept = `${station}: ${rows} rows, ${hours.length} hours from ${beijing(hours[0])} to ${beijing(hours[hours.length - 1])} h (UTC+8)`;
  const notes = [Object.keys(skipped).length > 0 ? `rows left out: ${sum(skipped)}` : '', Object.keys(missing).length > 0 ? `marked NA: ${sum(missing)}` : '', Object.keys(unreadable).length > 0 ? `cells not understood: ${sum(unreadable)}` : ''].filter(Boolean);
  console.log(`${kept}; ${place ? `shown at ${place.station.name}` : 'not shown: there are no more air stations'}${notes.length > 0 ? `; ${notes.join('; ')}` : ''}`);
}

function run(orders: SensorOrders): void {
  const series = orders.files.map(readSensorFile);
  const { placed, unused } = placeSeries(orders.stations, series);
  for (const each of series) tellSeries(each, unused.includes(each) ? undefined : placed.find((place) => place.series === each));
  if (placed.length > 0) console.log(`Replay: an hour of data every ${3600 / orders.rate} s (${orders.rate} times as fast as measured); every series begins again after its end. The other air stations stay silent: real and simulated air are not mixed.`);
  const simulated = orders.stations.filter(({ kind }) => placed.length === 0 || kind !== 'air');
  const about: SensorAbout = { source: SIMULATED, stations: Object.fromEntries(placed.map((place) => [place.station.id, { source: sourceOf(place, orders.rate) }])) };
  process.send?.({ about });
  const client = connect(orders.broker, { reconnectPeriod: 1000, clientId: `stations-${process.pid}`, clean: true });
  client.on('error', () => {});
  client.once('connect', () => {
    simulate(client, orders, simulated);
    if (placed.length > 0) replay(client, orders, placed);
  });
}

process.once('message', (orders) => {
  try {
    run(orders as SensorOrders);
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : String(cause));
    process.exit(1);
  }
});
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
