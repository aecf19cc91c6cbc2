import { shownUrl, TwinError } from '../../../engine/errors.ts';
import type { PastSpec } from '../../../engine/ports.ts';
import type { PastRows, PastSource } from './past-rows.ts';

/** Pages followed at most for one window. */
const PAGES = 200;
const TOP = 1000;

interface Named {
  readonly '@iot.id'?: string | number;
  readonly name?: string;
}

interface Observation {
  readonly phenomenonTime?: string;
  readonly resultTime?: string | null;
  readonly result?: unknown;
  readonly Datastream?: Named & { readonly Thing?: Named; readonly ObservedProperty?: Named };
}

/**
 * Observations of an OGC SensorThings service by `phenomenonTime`, page after page. An id is its Thing's name, a value's name its ObservedProperty's; only results that are numbers count.
 * @source OGC 18-088, 9.3.3.5 ($filter), 9.3.3.4 (nextLink)
 */
export function sensorThingsPast(spec: PastSpec, fetch: typeof globalThis.fetch): PastSource {
  return async function* ({ from, to }, signal) {
    const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
    const query = new URLSearchParams({
      $filter: `phenomenonTime ge ${iso(from)} and phenomenonTime lt ${iso(to)}`, $orderby: 'phenomenonTime asc', $top: String(TOP),
      $select: 'phenomenonTime,resultTime,result', $expand: 'Datastream($select=name;$expand=Thing($select=name),ObservedProperty($select=name))',
    });
    let next: string | undefined = `${spec.url.replace(/\/$/u, '')}/Observations?${query}`;
    for (let page = 0; next !== undefined && page < PAGES && !signal.aborted; page++) {
      const where = shownUrl(next);
      const response = await fetch(next, { headers: { Accept: 'application/json' }, signal }).catch((cause: unknown) => {
        throw new TwinError('network', `${where} could not be reached.`, { where, cause, retryable: true });
      });
      if (!response.ok) throw new TwinError('not-found', `${where} answered ${response.status}.`, { where });
      const body = (await response.json().catch(() => null)) as { value?: unknown; '@iot.nextLink'?: unknown } | null;
      if (!body || !Array.isArray(body.value)) throw new TwinError('bad-input', `${where} is no list of observations of a SensorThings service.`, { where });
      yield rowsOf(body.value as Observation[]);
      const link = body['@iot.nextLink'];
      next = typeof link === 'string' ? new URL(link, next).href : undefined;
    }
    if (next !== undefined && !signal.aborted) throw new TwinError('bad-input', `${shownUrl(spec.url)} has more than ${PAGES * TOP} observations in the window; the rest of it is not shown.`, { where: shownUrl(spec.url) });
  };
}

function rowsOf(list: readonly Observation[]): PastRows {
  const read = list.flatMap((each) => {
    // An interval counts from its end: by then it was known.
    const time = Date.parse(String(each.phenomenonTime).split('/').at(-1)!) / 1000;
    const stream = each.Datastream;
    const id = stream?.Thing?.name ?? stream?.Thing?.['@iot.id'] ?? stream?.name;
    const name = stream?.ObservedProperty?.name ?? stream?.name ?? 'result';
    const value = typeof each.result === 'string' && each.result.trim() !== '' ? Number(each.result) : each.result;
    return Number.isFinite(time) && id !== undefined && typeof value === 'number' && Number.isFinite(value) ? [{ id: String(id), time, name, value }] : [];
  });
  const names = [...new Set(read.map(({ name }) => name))];
  return {
    count: read.length,
    ids: read.map(({ id }) => id),
    times: Float64Array.from(read, ({ time }) => time),
    values: new Map(names.map((name) => [name, Float64Array.from(read, (each) => (each.name === name ? each.value : NaN))])),
  };
}
