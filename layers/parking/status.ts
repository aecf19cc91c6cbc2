import type { FeedStatus, LayerStatus, Legend, Text } from '#engine';
import { standLevels, type StandFile } from '#models';
import { UNKNOWN_COLOUR } from './bars.ts';
import type { StandState } from './stand-state.ts';

const states = { connecting: 'loading', live: 'live', stale: 'stale', failed: 'failed', replay: 'live', closed: 'stale' } as const satisfies Record<FeedStatus['state'], LayerStatus['state']>;
const words: Readonly<Record<FeedStatus['state'], Text>> = {
  connecting: { zh: '正在连接', en: 'connecting' }, live: { zh: '实时', en: 'live' }, stale: { zh: '数据中断', en: 'no new data' }, failed: { zh: '连接失败，自动重试中', en: 'connection failed, trying again' },
  replay: { zh: '回放', en: 'replay' }, closed: { zh: '数据流已结束', en: 'the feed has ended' },
};

/** How the layer is: the feed, how many stands speak, free places in all, what was left out. */
export function parkingStatus({ feed, states: all, file, paused }: { readonly feed: FeedStatus | null; readonly states: readonly StandState[]; readonly file: StandFile; readonly paused: boolean }): LayerStatus {
  const texts: Text[] = [];
  if (paused) texts.push({ zh: '时钟已暂停', en: 'clock paused' });
  if (feed) texts.push(words[feed.state]);
  const known = all.filter(({ taken }) => taken !== null);
  if (all.length === 0) texts.push({ zh: '数据中没有停车场或单车站', en: 'no car parks or bike stations in the data' });
  else texts.push({ zh: `${known.length} / ${all.length} 处有数据`, en: `${known.length} of ${all.length} tell their state` });
  const parks = known.filter(({ stand, free }) => stand.kind === 'parking' && free !== null);
  if (parks.length > 0) {
    const free = parks.reduce((sum, state) => sum + state.free!, 0);
    texts.push({ zh: `空余泊位 ${free}`, en: `${free} spaces free` });
  }
  const stale = known.filter((state) => state.stale).length;
  if (stale > 0) texts.push({ zh: `${stale} 处已过期`, en: `${stale} of them too old` });
  if (feed && feed.ledger.rejected > 0) texts.push({ zh: `拒收 ${feed.ledger.rejected} 条`, en: `${feed.ledger.rejected} refused` });
  for (const [why, count] of Object.entries(file.skipped)) texts.push({ zh: `略去 ${count} 项（${why}）`, en: `${count} left out (${why})` });
  if (file.synthetic) texts.push({ zh: '模拟数据，非实测', en: 'simulated, not measured' });
  return { state: feed ? states[feed.state] : 'ready', progress: null, count: all.length, feed, message: { zh: texts.map((text) => text.zh).join('；'), en: texts.map((text) => text.en).join('; ') } };
}

export function parkingLegend(kinds: ReadonlySet<string>): Legend {
  const few = Math.round(standLevels.few * 100);
  const bounds = standLevels.limits.map((limit) => `${Math.round(limit * 100)}%`);
  const span = (i: number): string => (i === 0 ? `< ${bounds[0]}` : i === bounds.length ? `≥ ${bounds[i - 1]}` : `${bounds[i - 1]}–${bounds[i]}`);
  return {
    title: { zh: '停车场按占用率，共享单车按余量', en: 'Car parks by how full they are, shared bikes by what is left' }, unit: '',
    entries: [
      ...(kinds.has('parking') ? standLevels.parking.map(({ zh, en, colour }, i) => ({ colour, label: { zh: `停车${zh}　${span(i)}`, en: `Parking ${en}: ${span(i)}` } })) : []),
      ...(kinds.has('bikes') ? standLevels.bikes.map(({ zh, en, colour }, i) => ({ colour, label: { zh: `单车${zh}${i === 0 ? '' : `　≤ ${few}%`}`, en: `Bikes: ${en}${i === 0 ? '' : `, ≤ ${few} %`}` } })) : []),
      { colour: UNKNOWN_COLOUR, label: { zh: '无数据或已过期', en: 'No value, or too old' } },
    ],
  };
}
