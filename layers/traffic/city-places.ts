import type { Anchor } from '#geo';
import type { FeedStatus } from '#engine';
import type { CityCatalogue } from '#models';

/** Degrees: a city wider than this has places too far apart for one batch of vehicles. */
const WIDE = 0.4;
/** Degrees within which two cells of roads are one place. */
const ONE_PLACE = 0.3;

export function isWide(city: CityCatalogue): boolean {
  const [west, south, east, north] = city.bounds;
  return east - west > WIDE || north - south > WIDE;
}

export function placesOf(cells: readonly Anchor[]): Anchor[] {
  const places: Anchor[] = [];
  for (const cell of cells) if (!places.some((place) => Math.hypot(place.lon - cell.lon, place.lat - cell.lat) < ONE_PLACE)) places.push(cell);
  return places.length > 0 ? places : [...cells];
}

/** Feeds of one source as one status: counts added, the worst state said. */
export function together(list: readonly (FeedStatus | null)[]): FeedStatus | null {
  const known = list.filter((status) => status !== null);
  if (known.length < 2) return known[0] ?? null;
  const order: readonly FeedStatus['state'][] = ['failed', 'closed', 'stale', 'connecting', 'replay', 'live'];
  const ledger = { ...known[0].ledger };
  for (const status of known.slice(1)) for (const key of Object.keys(ledger) as (keyof typeof ledger)[]) ledger[key] += status.ledger[key];
  const newest = known.map((status) => status.newest).filter((time) => time !== null);
  const spans = known.map((status) => status.history).filter((span) => span !== null);
  const way = (known.find((status) => status.way?.why) ?? known.find((status) => status.way))?.way;
  return {
    state: order.find((state) => known.some((status) => status.state === state)) ?? 'connecting',
    newest: newest.length > 0 ? Math.max(...newest) : null, ids: known.reduce((sum, { ids }) => sum + ids, 0), stale: known.reduce((sum, { stale }) => sum + stale, 0),
    ledger, reconnects: Math.max(...known.map((status) => status.reconnects)), issues: known.flatMap((status) => status.issues),
    ...(known[0].past ? { past: known[0].past } : {}),
    history: spans.length > 0 ? { from: Math.min(...spans.map((span) => span.from)), to: Math.max(...spans.map((span) => span.to)), ...(spans.some(({ thinned }) => thinned) ? { thinned: spans.flatMap(({ thinned }) => thinned ?? []) } : {}) } : null,
    ...(way && { way }),
  };
}
