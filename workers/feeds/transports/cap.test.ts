import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { hasShared, shared } from '../../../tests/shared.ts';
import { openFeed, startHttp, until } from '../testing/opened.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const NOW = Date.parse('2026-07-21T09:00:00+08:00') / 1000;
const spec = { transport: 'cap', decode: 'cap', staleAfter: 300, every: 0.03, retry: { first: 0.02, cap: 0.05 } } as const;
const time = (minutes: number): string => new Date((NOW + minutes * 60 + 8 * 3600) * 1000).toISOString().replace(/\.\d+Z$/u, '+08:00');

function alert(identifier: string, msgType: string, minutes: number, more: { status?: string; references?: string; polygon?: string } = {}): string {
  return `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>${identifier}</identifier><sender>x@example.cn</sender><sent>${time(minutes)}</sent><status>${more.status ?? 'Actual'}</status><msgType>${msgType}</msgType><scope>Public</scope>
    ${more.references === undefined ? '' : `<references>${more.references}</references>`}<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
    <expires>${time(600)}</expires><headline>暴雨红色预警</headline><area><areaDesc>合肥</areaDesc><polygon>${more.polygon ?? '31.80,117.20 31.90,117.20 31.90,117.30 31.80,117.30'}</polygon></area></info></alert>`;
}

it('an alert, its cancellation and a test: shown from … until, each with what it is', async () => {
  let body = alert('a', 'Alert', -10);
  const server = await startHttp((_request, response) => void response.writeHead(200, { 'Content-Type': 'application/cap+xml' }).end(body));
  ends.push(server.close);
  const opened = openFeed({ ...spec, url: server.url }, { as: 'features' }, () => NOW);
  ends.push(opened.close);
  await until(() => opened.features.length === 1);
  expect(opened.features[0]).toMatchObject({ from: NOW - 600, until: NOW + 36_000, properties: { status: 'Actual', severity: 'Extreme', headline: '暴雨红色预警', area: '合肥', ended: null } });
  expect(opened.features[0].rings[0]).toEqual([[117.2, 31.8], [117.3, 31.8], [117.3, 31.9], [117.2, 31.9], [117.2, 31.8]]);
  expect(opened.status()).toMatchObject({ state: 'live', issues: [{ code: 'cap-mended' }] });
  body = `<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="text/xml">${alert('b', 'Cancel', -1, { references: `x@example.cn,a,${time(-10)}` })}</content></entry><entry><content>${alert('t', 'Alert', -1, { status: 'Test' })}</content></entry></feed>`;
  await until(() => opened.features.length === 3);
  expect(opened.features[1]).toMatchObject({ until: NOW - 60, properties: { identifier: 'a', ended: 'cancelled' } });
  expect(opened.features[2]).toMatchObject({ properties: { identifier: 't', status: 'Test' } });
  body = '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert>&x;</alert>';
  await until(() => opened.status().ledger.rejected === 1);
  expect(opened.status().issues.at(-1)).toMatchObject({ code: 'cap-unreadable', message: expect.stringContaining('DOCTYPE') });
  server.close();
  await until(() => opened.status().state === 'stale');
});

it('follows an index, each alert once; one that is gone is said, one that fails is asked for again', async () => {
  let fails = 2;
  const asked: string[] = [];
  const server = await startHttp((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    if (path === '/gone' || path === '/passwd') return void response.writeHead(404).end();
    if (path === '/b' && fails-- > 0) return void response.writeHead(503).end();
    response.end(path === '/' ? `<feed xmlns="http://www.w3.org/2005/Atom">${['/a', '/gone', '/b', 'file:///passwd'].map((href) => `<entry><link href="${href}"/></entry>`).join('')}</feed>` : alert(path.slice(1), 'Alert', -1));
  });
  ends.push(server.close);
  const opened = openFeed({ ...spec, url: `${server.url}/` }, { as: 'features' }, () => NOW);
  ends.push(opened.close);
  await until(() => opened.features.length === 2 && asked.filter((path) => path === '/').length > 2);
  expect([asked.filter((path) => path === '/a').length, asked.filter((path) => path === '/b').length, asked.filter((path) => path === '/gone').length]).toEqual([1, 3, 1]);
  expect(opened.status().issues.map(({ code }) => code)).toContain('cap-missing');
  expect(opened.status().ledger).toMatchObject({ received: 2, applied: 2 });
});

it.skipIf(!hasShared)('every real file is read, or refused with a sentence', async () => {
  const names = ['canada.cap', 'earthquake.cap', 'thunderstorm.cap', 'weather.cap', 'cap_amber_alert_example.xml', 'bushfire_valid.edxlde', 'weather.atom', 'noaa_errors.cap', 'invalid.cap', 'CAP-v1.2.xsd'];
  const server = await startHttp((request, response) => void response.end(request.url === '/' ? `<rss version="2.0"><channel>${names.map((name) => `<item><link>/${name}</link></item>`).join('')}</channel></rss>` : readFileSync(shared(`data/emergency/cap${request.url}`))));
  ends.push(server.close);
  const opened = openFeed({ ...spec, url: `${server.url}/` }, { as: 'features' });
  ends.push(opened.close);
  await until(() => opened.status().ledger.received === 16);
  expect(opened.status().ledger).toMatchObject({ applied: 14, rejected: 2 });
  expect(opened.feed.ledger.quarantine.map(({ topic, code }) => [topic.replace(/^.*\//u, ''), code])).toEqual([['invalid.cap', 'cap-invalid'], ['CAP-v1.2.xsd', 'cap-unreadable']]);
});
