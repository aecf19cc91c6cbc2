import type { FeedStatus, LayerStatus, Text } from '#engine';
import type { JunctionFile, JunctionState } from '#models';

const states = { connecting: 'loading', live: 'live', stale: 'stale', failed: 'failed', replay: 'live', closed: 'stale' } as const satisfies Record<FeedStatus['state'], LayerStatus['state']>;
const words: Readonly<Record<FeedStatus['state'], Text>> = {
  connecting: { zh: '正在连接', en: 'connecting' },
  live: { zh: '实时', en: 'live' },
  stale: { zh: '数据中断', en: 'no new data' },
  failed: { zh: '连接失败，自动重试中', en: 'connection failed, trying again' },
  replay: { zh: '回放', en: 'replay' },
  closed: { zh: '数据流已结束', en: 'the feed has ended' },
};

/** How the layer is: the feed, how many junctions speak, what was left out or refused. */
export function junctionsStatus({ feed, states: all, file, paused, strangers }: { readonly feed: FeedStatus | null; readonly states: readonly JunctionState[]; readonly file: JunctionFile; readonly paused: boolean; readonly strangers: number }): LayerStatus {
  const texts: Text[] = [];
  const say = (count: number, zh: string, en: string): void => {
    if (count > 0) texts.push({ zh: `${count} ${zh}`, en: `${count} ${en}` });
  };
  if (paused) texts.push({ zh: '时钟已暂停', en: 'clock paused' });
  if (feed) texts.push(words[feed.state]);
  const known = all.filter(({ asOf }) => asOf !== null);
  if (all.length === 0) texts.push({ zh: '数据中没有信号路口', en: 'no junctions in the data' });
  else if (feed) texts.push({ zh: `${known.length} / ${all.length} 个路口有信号数据`, en: `${known.length} of ${all.length} junctions tell their signals` });
  else texts.push({ zh: `${all.length} 个路口；未接实时信号，延误按配时估算`, en: `${all.length} junctions; no live signals, delays are what the plans give` });
  say(known.filter(({ stale }) => stale).length, '个已过期', 'of them too old');
  say(feed?.ledger.rejected ?? 0, '条拒收', 'refused');
  say(strangers, '个编号不是本文件的灯组', 'ids are no signal group here');
  for (const [why, count] of Object.entries(file.skipped)) texts.push({ zh: `略去 ${count} 项（${why}）`, en: `${count} left out (${why})` });
  if (file.synthetic) texts.push({ zh: '模拟信号，非真实数据', en: 'simulated signals, not real data' });
  return { state: feed ? states[feed.state] : 'ready', progress: null, count: all.length, feed, message: { zh: texts.map((text) => text.zh).join('；'), en: texts.map((text) => text.en).join('; ') } };
}
