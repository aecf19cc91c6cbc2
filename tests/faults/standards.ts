import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { startBroker } from '../../demo/server/broker.ts';
import { gtfsRealtimeFromJson } from '../../workers/models/gtfs-realtime.ts';
import { judgeGtfs } from '../../workers/models/gtfs-rules.ts';
import { CapBook, type StandingAlert } from '../../workers/models/cap-book.ts';
import { readCap } from '../../workers/models/cap.ts';
import { openFeed, startHttp, until } from '../../workers/feeds/testing/opened.ts';
import { SensorService } from '../../workers/feeds/testing/sensor-service.ts';
import { standingFeed } from '../../workers/feeds/testing/standing-feed.ts';
import { hasShared, shared } from '../shared.ts';

interface Figure {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const equal = (what: string, value: number, reach: number, unit = ''): Figure => ({ what, value, unit, reach, met: value === reach });
const atMost = (what: string, value: number, reach: number, unit: string): Figure => ({ what, value, unit, reach: `≤ ${reach}`, met: value <= reach });

/** Numbers from 0 to 1, the same on every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** GTFS Realtime that breaks rules, or is broken: the rule is named, and what was known stands. */
function transit(): Figure[] {
  if (!hasShared) return [{ what: 'the shared data are missing', value: 0, unit: '', reach: 'there', met: false }];
  const folder = shared('data/traffic/gtfs-rt/errors');
  const fixtures = readdirSync(folder).filter((name) => !name.startsWith('E004'));
  const named = fixtures.filter((name) => {
    const verdict = judgeGtfs(gtfsRealtimeFromJson(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))), 1_699_405_900, NaN);
    return (verdict.refused?.rule ?? [...verdict.entities.values()][0]?.rule) === name.slice(0, 4);
  });
  const random = seeded(17);
  let [mutants, slowest, unbalanced, gained] = [0, 0, 0, 0];
  for (const name of ['bart-trip-updates.pb', 'bart-alerts.pb', 'example.pb']) {
    const seed = readFileSync(shared(`data/traffic/gtfs-rt/${name}`));
    for (let k = 0; k < 700; k++, mutants++) {
      const bytes = Uint8Array.from(seed.subarray(0, k % 3 === 0 ? Math.floor(random() * seed.length) : seed.length));
      for (let flips = 1 + Math.floor(random() * 8); flips > 0 && bytes.length > 0; flips--) bytes[Math.floor(random() * bytes.length)] = k % 5 === 0 ? 0xff : Math.floor(random() * 256);
      const standing = standingFeed({ decode: 'gtfs-realtime' }, { as: 'values' });
      standing.now = 1_565_199_945;
      standing.sendBytes(seed);
      const before = standing.feed.ids.count;
      const began = performance.now();
      standing.sendBytes(bytes);
      slowest = Math.max(slowest, performance.now() - began);
      const { received, ...parts } = standing.feed.ledger.counts;
      if (received !== Object.values(parts).reduce((a, b) => a + b, 0)) unbalanced++;
      if (standing.feed.ids.count < before) gained++;
    }
  }
  return [
    equal('rule fixtures named', named.length, fixtures.length, `of ${fixtures.length}`),
    { what: 'mutated and cut feeds read', value: mutants, unit: '', reach: null, met: true },
    equal('of them that lost what was known', gained, 0),
    equal('ledgers that do not close', unbalanced, 0),
    atMost('the slowest took', Number(slowest.toFixed(0)), 5000, 'ms'),
  ];
}

/** A SensorThings service that misbehaves in every way at once. */
async function things(): Promise<Figure[]> {
  const other = await startHttp((_request, response) => void response.end('{"value":[]}'));
  const http = createServer();
  const broker = await startBroker(http, '/mqtt');
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  const service = await new SensorService().start();
  const now = (): string => new Date().toISOString();
  service.mqtt = `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/mqtt`;
  service.streams = Array.from({ length: 40 }, (_, k) => ({ id: k, thing: k, property: 'a', observations: [{ phenomenonTime: now(), result: k }] }));
  let fails = 3;
  service.fail = (list, skip) => (list === 'Datastreams' && skip === 20 && fails-- > 0 ? 500 : null);
  service.nextLink = (list, skip, link) => (list === 'Observations' ? (skip === 10 ? `${other.url}/v1.1/Observations` : link) : skip === 36 ? link.replace(/skip=\d+/u, 'skip=4') : link);
  const opened = openFeed({ transport: 'sensorthings', url: `${service.server.url}/v1.1`, decode: 'sensorthings', staleAfter: 300, every: 0.5, retry: { first: 0.05, cap: 0.1 } });
  try {
    await until(() => opened.status().state === 'live' && service.count('Observations', 10) > 0, 20_000);
    const pages = Array.from({ length: 20 }, (_, page) => service.count('Datastreams', 2 * page));
    const began = Date.now();
    const timer = setInterval(() => service.streams[0].observations.push({ phenomenonTime: now(), result: 1 }), 100);
    await until(() => opened.status().issues.some(({ code }) => code === 'mqtt-silent'), 30_000).finally(() => clearInterval(timer));
    return [
      equal('pages asked for more than once, but the one that failed', pages.filter((count, page) => count > 1 && page !== 10).length, 0),
      equal('times that the failing page was asked for until it came', pages[10], 4),
      equal('requests to another origin', other.asked.length, 0),
      equal('loops, strange origins and wrong counts said', ['sensorthings-loop', 'forbidden-origin', 'sensorthings-count'].filter((code) => opened.status().issues.some((issue) => issue.code === code)).length, 3, 'of 3'),
      atMost('silent MQTT noticed, with HTTP asked every 0.5 s', Number(((Date.now() - began) / 1000).toFixed(2)), 4, 's'),
      equal('things known', opened.status().ids, 38),
    ];
  } finally {
    opened.close();
    service.server.close();
    other.close();
    await broker.close();
    http.close();
  }
}

const START = Date.parse('2026-07-21T08:00:00+08:00') / 1000;
const time = (minutes: number): string => new Date((START + minutes * 60 + 8 * 3600) * 1000).toISOString().replace(/\.\d+Z$/u, '+08:00');

/** Chains of alerts in any order, tests among them, and documents made to do harm. */
function alerts(): Figure[] {
  const random = seeded(19);
  let [wrong, missed, asked] = [0, 0, 0];
  for (let chain = 0; chain < 300; chain++) {
    const status = chain % 5 === 0 ? 'Test' : 'Actual';
    const length = 1 + Math.floor(random() * 4);
    const cancelled = random() < 0.5;
    const texts: string[] = [];
    for (let k = 0; k < length + (cancelled ? 1 : 0); k++) {
      const kind = k === length ? 'Cancel' : k === 0 ? 'Alert' : 'Update';
      const references = k === 0 ? '' : `<references>s,c${chain}-${k - 1},${time((k - 1) * 10)}</references>`;
      texts.push(`<alert><identifier>c${chain}-${k}</identifier><sender>s</sender><sent>${time(k * 10)}</sent><status>${status}</status><msgType>${kind}</msgType><scope>Public</scope>${references}<info><urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty><expires>${time(300)}</expires></info></alert>`);
    }
    const book = new CapBook();
    const standing = new Map<string, StandingAlert>();
    const order = [...texts, ...texts].map((text) => ({ text, at: random() })).toSorted((a, b) => a.at - b.at);
    for (const { text } of order) for (const reading of readCap(text).alerts) if ('alert' in reading) for (const one of book.take(reading.alert, START + 86_400)) standing.set(one.key, one);
    for (let minute = 5; minute < 360; minute += 10, asked++) {
      const at = START + minute * 60;
      const shown = [...standing.values()].filter(({ from, until: end, alert }) => alert.status === 'Actual' && at >= from && at < end).map(({ alert }) => alert.identifier);
      const current = Math.min(length - 1, Math.floor(minute / 10));
      const wanted = status === 'Actual' && minute < 300 && !(cancelled && minute >= length * 10) ? [`c${chain}-${current}`] : [];
      wrong += shown.filter((id) => !wanted.includes(id)).length;
      missed += wanted.filter((id) => !shown.includes(id)).length;
    }
  }
  const bombs = [
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><alert><identifier>&x;</identifier></alert>', '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><alert/>',
    `<!DOCTYPE a [<!ENTITY a "${'a'.repeat(1000)}">${Array.from({ length: 9 }, (_, k) => `<!ENTITY ${'bcdefghij'[k]} "${`&${'abcdefghi'[k]};`.repeat(10)}">`).join('')}]><alert>&j;</alert>`,
    '<a>'.repeat(200_000), `<alert>${'<info/>'.repeat(600_000)}</alert>`, '<alert>&unknown;</alert>', '<alert><info></alert></info>',
  ];
  const { feed, sendBytes } = standingFeed({ decode: 'cap' }, { as: 'features' });
  const began = performance.now();
  for (const bomb of bombs) sendBytes(new TextEncoder().encode(bomb));
  return [
    equal('wrong alerts shown', wrong, 0, `of ${asked} moments`),
    equal('alerts missed', missed, 0, `of ${asked} moments`),
    equal('harmful documents refused', feed.ledger.counts.rejected, bombs.length, `of ${bombs.length}`),
    atMost('all of them took', Number((performance.now() - began).toFixed(0)), 5000, 'ms'),
  ];
}

export const rows: Readonly<Record<string, () => Figure[] | Promise<Figure[]>>> = { F17: transit, F18: things, F19: alerts };
