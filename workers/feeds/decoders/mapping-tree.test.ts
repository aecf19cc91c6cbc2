import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Mapping, Series } from '../../../engine/ports.ts';
import { hasShared, shared } from '../../../tests/shared.ts';
import { answer } from '../answers.ts';
import { standingFeed, type StandingFeed } from '../testing/standing-feed.ts';

function fed(decode: Mapping, message: unknown, as: 'values' | 'points' = 'values'): StandingFeed {
  const standing = standingFeed({ decode }, { as, anchor: { lon: -3.71, lat: 40.42, height: 0 } });
  if (message instanceof Uint8Array) standing.sendBytes(message);
  else standing.send(message);
  return standing;
}

function newest({ feed }: StandingFeed, id: string): Record<string, number> & { time: number } {
  const record = feed.history.newest(feed.ids.find(id));
  return { time: feed.history.time[record], ...Object.fromEntries([...feed.history.values.keys()].map((name) => [name, feed.history.value(record, name)])) };
}

describe.skipIf(!hasShared)('real services, by paths alone', () => {
  const file = (path: string): Uint8Array => Uint8Array.from(readFileSync(shared(`data/sensors/${path}`)));
  const at = (text: string): number => Date.parse(text) / 1000;

  it.each<[string, Mapping, string, Record<string, number>]>([
    ['AirQualityObserved/example.json', { id: 'refPointOfInterest', time: 'dateObserved', zone: '+01:00', values: { co: { path: 'co', scale: 0.001 }, so2: 'so2', humidity: { path: 'relativeHumidity', scale: 100 } } }, '28079004-Pza.deEspanya', { time: at('2016-03-15T11:00:00+01:00'), co: 0.5, so2: 11, humidity: 54 }],
    ['AirQualityObserved/example-normalized.json', { id: 'refPointOfInterest.value', time: 'dateObserved.value', zone: '+01:00', values: { co: { path: 'co.value', scale: 0.001 }, windFrom: 'windDirection.value' } }, '28079004-Pza.deEspanya', { time: at('2016-03-15T11:00:00+01:00'), co: 0.5, windFrom: 176 }],
    ['AirQualityObserved/example.jsonld', { id: 'refPointOfInterest', time: 'dateObserved', zone: 'Z', values: { so2: 'so2' } }, 'urn:ngsi-ld:PointOfInterest:28079004-Pza.deEspanya', { time: NaN, so2: 11 }],
    ['AirQualityObserved/example-normalized.jsonld', { id: 'refPointOfInterest.object', time: 'dateObserved.value', zone: '+01:00', values: { no2: 'no2.value' } }, 'urn:ngsi-ld:PointOfInterest:28079004-Pza.deEspanya', { time: at('2016-03-15T11:00:00+01:00'), no2: 69 }],
    ['AirQualityObserved/example-geojsonfeature.json', { id: 'properties.refPointOfInterest.object', time: 'properties.dateObserved.value', zone: '+01:00', values: { CO: 'properties.CO.value', lon: 'geometry.value.coordinates.0' } }, 'urn:ngsi-ld:PointOfInterest:28079004-Pza.deEspanya', { time: at('2016-03-15T12:00:00+01:00'), CO: 500, lon: Math.fround(-3.712247222222222) }],
    ['NoiseLevelObserved/example-normalized.json', { id: 'id', time: 'dateObservedTo.value', values: { laeq: 'LAeq.value', lamax: 'LAmax.value' } }, 'Vitoria-NoiseLevelObserved-2016-12-28T11:00:00_2016-12-28T12:00:00', { time: at('2016-12-28T12:00:00Z'), laeq: Math.fround(67.8), lamax: 94.5 }],
    ['NoiseLevelObserved/example.jsonld', { id: 'type', time: 'dateObservedTo', values: { laeq: 'LAeq' } }, 'NoiseLevelObserved', { time: at('2016-12-28T12:00:00Z'), laeq: Math.fround(67.8) }],
    ['FloodMonitoring/example-normalized.json', { id: 'stationID.value', time: 'observationDateTime.value', values: { level: 'currentLevel.value' } }, 'FWR013', { time: at('2020-09-16T13:30:00+05:30'), level: Math.fround(1.98) }],
    ['FloodMonitoring/example.json', { id: 'stationID', time: 'observationDateTime', values: { level: { path: 'currentLevel', scale: 100, offset: 5 } } }, 'FWR013', { time: NaN, level: NaN }],
    ['WaterObserved/example-normalized.json', { id: 'id', time: 'dateObserved.value', values: { level: 'waterLevel.value', flow: 'flow.value' } }, 'WaterObserved:MNCA-001', { time: at('2020-03-17T08:45:00.209Z'), level: Math.fround(2.4), flow: 12 }],
  ])('fiware/%s', (name, decode, id, wanted) => {
    const standing = fed(decode, file(`fiware/${name}`));
    expect(standing.feed.ledger.counts).toMatchObject({ received: 1, applied: 1 });
    const got = newest(standing, id);
    for (const [key, value] of Object.entries(wanted)) if (!Number.isNaN(value)) expect([key, got[key]]).toEqual([key, expect.closeTo(value, 5)]);
  });

  it("a station's GeoJSON place puts it on the map", () => {
    const standing = fed({ id: 'id', time: 'dateObserved', zone: 'Z', lon: 'location.coordinates.0', lat: 'location.coordinates.1', values: { so2: 'so2' } }, file('fiware/AirQualityObserved/example.json'), 'points');
    const { feed } = standing;
    expect(feed.ledger.counts).toMatchObject({ applied: 1, rejected: 0 });
    const out = feed.surface.unplace(feed.history.x[0], feed.history.y[0], feed.history.z[0], new Float64Array(3));
    expect([out?.[0], out?.[1]]).toEqual([expect.closeTo(-3.712247, 5), expect.closeTo(40.423853, 5)]);
  });

  const usgs: Mapping = {
    list: 'value.timeSeries.*.values.*.value.*', id: '^^.sourceInfo.siteCode.0.value', time: 'dateTime',
    pair: { name: '^^.variable.variableCode.0.value', value: { path: 'value', text: true, none: -999_999 }, names: { '00060': 'flow', '00065': 'stage' } },
  };

  it('USGS WaterML: lists in lists, the site and the parameter from what holds them, numbers as text', () => {
    const mock = fed(usgs, file('hydrology/nwis_iv_mock.json'));
    expect([newest(mock, '03339000'), newest(mock, '05447500')]).toEqual([{ time: at('2018-01-24T00:00:00Z'), flow: 1 }, { time: at('2018-01-24T00:00:00Z'), flow: 2 }]);
    const standing = fed(usgs, file('hydrology/waterservices_iv.txt'));
    expect(standing.feed.ledger.counts).toMatchObject({ received: 20, rejected: 0, duplicate: 0 });
    const series = answer(standing.feed, { what: 'series', id: '01491000', from: 0, to: Infinity }, Infinity).value as Record<string, Series>;
    expect([...series.flow.values]).toEqual([974, 974, 966, 963, 955]);
    expect([...series.stage.values]).toEqual([6.48, 6.48, 6.46, 6.45, 6.43].map(Math.fround));
    expect([...series.flow.times]).toEqual([0, 1, 2, 3, 4].map((quarter) => at('2019-02-14T05:00:00Z') + quarter * 900));
  });

  it('feet become metres, and their place is known', () => {
    const standing = standingFeed({ decode: { ...usgs, lon: '^^.sourceInfo.geoLocation.geogLocation.longitude', lat: '^^.sourceInfo.geoLocation.geogLocation.latitude', pair: { ...usgs.pair!, value: { path: 'value', text: true, scale: 0.3048 }, names: { '00065': 'stage' } } } }, { as: 'points', anchor: { lon: -75.7858056, lat: 38.99719444, height: 0 } });
    standing.sendBytes(file('hydrology/waterservices_iv.txt'));
    expect(newest(standing, '01491000')).toMatchObject({ stage: expect.closeTo(6.43 * 0.3048, 4) });
  });
});

describe('paths', () => {
  it.each<[string, Mapping, unknown, Record<string, number> | null]>([
    ['a dot in a name', { id: 'id', values: { pm25: 'data.PM2\\.5' } }, { id: 'a', data: { 'PM2.5': 35 } }, { pm25: 35 }],
    ['a list in each of a list', { list: '*.items', id: '^.id', values: { v: 'v' } }, [{ id: 'a', items: [{ v: 1 }] }, { id: 'b', items: [{ v: 2 }] }], { v: 1 }],
    ['text where a number is wanted', { id: 'id', values: { v: { path: 'v', text: true } } }, { id: 'a', v: '12,5' }, null],
    ['blank text is none', { id: 'id', values: { v: { path: 'v', text: true }, w: 'w' } }, { id: 'a', v: ' ', w: 1 }, { w: 1 }],
    ['text without leave', { id: 'id', zone: 'Z', values: { v: 'v' } }, { id: 'a', v: '12' }, null],
    ['a time without zone, none given', { id: 'id', time: 't', pair: { name: 'n', value: 'v' } }, { id: 'a', t: '2026-01-01T00:00:00', n: 'x', v: 1 }, null],
    ['further up than there is', { list: '*', id: '^^^.id' }, [{ id: 'a' }], null],
    ['own properties only', { list: '*', id: 'constructor.name' }, [{}], null],
    ['entries that are no objects', { list: '*', id: 'id' }, [1, 'a', null], null],
  ])('%s', (_name, decode, message, wanted) => {
    const standing = fed(decode, message);
    if (wanted) expect(newest(standing, 'a')).toMatchObject(wanted);
    else expect(standing.feed.ledger.counts).toMatchObject({ applied: 0, rejected: Array.isArray(message) ? message.length : 1 });
  });

  it('names that are not listed are passed over, an empty list is nothing', () => {
    const decode: Mapping = { list: '*', id: 'id', pair: { name: 'n', value: 'v', names: { x: 'ours' } } };
    expect(fed(decode, [{ id: 'a', n: 'x', v: 1 }, { id: 'a', n: 'y', v: 2 }, { id: 'a', n: 'toString', v: 3 }]).feed.ledger.counts).toMatchObject({ received: 1, applied: 1 });
    expect(fed(decode, []).feed.ledger.counts.received).toBe(0);
    expect(fed({ ...decode, list: 'rows.*' }, {}).feed.ledger.counts.rejected).toBe(1);
  });
});
