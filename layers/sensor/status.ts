import type { FeedStatus, LayerStatus, Text } from '#engine';
import { shortAge } from './markers.ts';
import type { StationState } from './stations.ts';

/** What the layer knows when it says how it is. */
export interface SensorFacts {
  readonly feed: FeedStatus | null;
  readonly states: readonly StationState[];
  /** Whether another moment than the present is shown. */
  readonly past: boolean;
  /** Unix seconds shown. */
  readonly now: number;
  /** Ids with readings that are no station of the city. */
  readonly strangers: number;
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

/** Day and hour in China (UTC+8) of a moment. */
export function chinaTime(unix: number): string {
  return new Date((unix + 8 * 3600) * 1000).toISOString().slice(0, 16).replace('T', ' ');
}

/** How the layer is: the feed, how many stations are current, old or silent, what was refused, and what the readings are. */
export function sensorStatus({ feed, states: all, past, now, strangers, notes }: SensorFacts): LayerStatus {
  const texts: Text[] = [];
  const say = (count: number, zh: string, en: string): void => {
    if (count > 0) texts.push({ zh: `${count} ${zh}`, en: `${count} ${en}` });
  };
  if (past) texts.push({ zh: '显示的是过去', en: 'showing the past' });
  // What is received meanwhile is not what is shown.
  if (feed) texts.push(past && feed.state === 'live' ? { zh: '接收正常', en: 'receiving' } : words[feed.state]);
  const newest = all.reduce((late, { asOf }) => Math.max(late, asOf ?? 0), 0);
  if (newest > 0 && now - newest >= 60) {
    const age = shortAge(now - newest);
    texts.push({ zh: `最新数据 ${age.zh}`, en: `newest data ${age.en} old` });
  }
  const known = all.filter(({ verdict }) => verdict !== null);
  texts.push({ zh: `${known.length} / ${all.length} 站有数据`, en: `${known.length} of ${all.length} stations have data` });
  say(known.filter(({ stale }) => stale).length, '站已过期', 'of them too old');
  say(feed?.ledger.rejected ?? 0, '条拒收', 'refused');
  say(strangers, '个编号不是本城市的站点', 'ids are no station here');
  if (all.some(({ quality }) => quality === 'simulated')) texts.push({ zh: '含模拟数据，非实测', en: 'with simulated readings, not measured' });
  const replayed = all.filter(({ quality }) => quality === 'replayed').reduce((late, { origin }) => Math.max(late, origin ?? 0), 0);
  if (replayed > 0) texts.push({ zh: `重放的实测数据，原始时间 ${chinaTime(replayed)}（UTC+8）`, en: `replay of real readings measured at ${chinaTime(replayed)} (UTC+8)` });
  texts.push(...notes);
  return {
    state: feed ? states[feed.state] : 'ready', progress: null, count: all.length, feed,
    message: { zh: texts.map((text) => text.zh).join('；'), en: texts.map((text) => text.en).join('; ') },
  };
}
