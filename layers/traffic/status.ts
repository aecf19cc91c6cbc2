import type { FeedStatus, LayerStatus, Text } from '#engine';
import { ageText } from './age.ts';

/** What the layer knows when it says how it is. */
export interface TrafficFacts {
  readonly vehicles: FeedStatus | null;
  readonly roads: FeedStatus | null;
  /** Roads of the city, and how many of them have a fresh value. */
  readonly roadsTotal: number;
  readonly roadsFresh: number;
  readonly hasRoadsFeed: boolean;
  /** Whether another moment than the present is shown. */
  readonly past: boolean;
  /** Unix seconds shown. */
  readonly now: number;
  readonly notes: readonly Text[];
}

const states = { connecting: 'loading', live: 'live', stale: 'stale', failed: 'failed', replay: 'live', closed: 'stale' } as const satisfies Record<FeedStatus['state'], LayerStatus['state']>;
const words: Readonly<Record<FeedStatus['state'], Text>> = {
  connecting: { zh: '正在连接', en: 'connecting' },
  live: { zh: '实时', en: 'live' },
  stale: { zh: '数据中断', en: 'no new data' },
  failed: { zh: '连接失败，自动重试中', en: 'connection failed, trying again' },
  replay: { zh: '回放', en: 'replay' },
  closed: { zh: '数据流已结束', en: 'the feed has ended' },
};

const grouped = (value: number): string => value.toLocaleString('en-US');

/** The state of a feed in a sentence: how old, how many, what was refused. */
function feedTexts(status: FeedStatus, { now, past }: TrafficFacts, unit: Text): Text[] {
  // What is received meanwhile is not what is shown.
  const texts: Text[] = [past && status.state === 'live' ? { zh: '接收正常', en: 'receiving' } : words[status.state]];
  if (status.newest !== null && !past) {
    const age = ageText(now - status.newest);
    texts.push({ zh: `最新数据 ${age.zh}`, en: `newest data ${age.en}` });
  }
  if (status.ids > 0) texts.push({ zh: `${grouped(status.ids)} ${unit.zh}`, en: `${grouped(status.ids)} ${unit.en}` });
  if (status.stale > 0) texts.push({ zh: `其中 ${grouped(status.stale)} 个已过期`, en: `${grouped(status.stale)} of them too old` });
  if (status.ledger.rejected > 0) texts.push({ zh: `拒收 ${grouped(status.ledger.rejected)} 条`, en: `${grouped(status.ledger.rejected)} refused` });
  return texts;
}

/** How the layer is, from its feeds: the vehicles' state where there are vehicles, else the roads'. */
export function trafficStatus(facts: TrafficFacts): LayerStatus {
  const { vehicles, roads } = facts;
  const leading = vehicles ?? roads;
  const texts: Text[] = [];
  if (facts.past) texts.push({ zh: '显示的是过去', en: 'showing the past' });
  if (vehicles) texts.push(...feedTexts(vehicles, facts, { zh: '辆车', en: 'vehicles' }));
  else if (roads) texts.push(...feedTexts(roads, facts, { zh: '条道路上报', en: 'roads reporting' }));
  if (facts.hasRoadsFeed && facts.roadsTotal > 0) texts.push({ zh: `${grouped(facts.roadsFresh)} / ${grouped(facts.roadsTotal)} 条道路有实时车速`, en: `live speeds on ${grouped(facts.roadsFresh)} of ${grouped(facts.roadsTotal)} roads` });
  texts.push(...facts.notes);
  return {
    state: leading ? states[leading.state] : 'ready',
    progress: null,
    count: vehicles ? vehicles.ids : facts.roadsTotal,
    feed: leading,
    message: texts.length === 0 ? null : { zh: texts.map((text) => text.zh).join('；'), en: texts.map((text) => text.en).join('; ') },
  };
}
