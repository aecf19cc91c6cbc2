import type { FeedStatus, LayerStatus, Text } from '#engine';
import type { TransitOutput } from '#models';

const states = { connecting: 'loading', live: 'live', stale: 'stale', failed: 'failed', replay: 'live', closed: 'stale' } as const satisfies Record<FeedStatus['state'], LayerStatus['state']>;
const words: Readonly<Record<FeedStatus['state'], Text>> = {
  connecting: { zh: '实时数据：正在连接', en: 'real time: connecting' },
  live: { zh: '实时数据：正常', en: 'real time: live' },
  stale: { zh: '实时数据中断', en: 'real time: no new data' },
  failed: { zh: '实时连接失败，自动重试中', en: 'real time: connection failed, trying again' },
  replay: { zh: '实时数据：回放', en: 'real time: replay' },
  closed: { zh: '实时数据流已结束', en: 'real time: the feed has ended' },
};

const spell = (date: string): string => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;

/** What the layer knows when it says how it is. */
export interface TransitFacts {
  readonly output: TransitOutput;
  readonly feed: FeedStatus | null;
  /** Vehicles under way by the timetable, trips that told a delay, and those of them that are no trip of the timetable. */
  readonly underWay: number;
  readonly told: number;
  /** Day put in place of today; null for today itself. */
  readonly day: string | null;
  /** 'YYYYMMDD' of the moment shown. */
  readonly today: string;
  readonly paused: boolean;
}

/** How the layer is: whose timetable, whether it is of today, who told what. */
export function transitStatus({ output, feed, underWay, told, day, today, paused }: TransitFacts): LayerStatus {
  const texts: Text[] = [];
  if (paused) texts.push({ zh: '时钟已暂停', en: 'clock paused' });
  if (feed) texts.push(words[feed.state]);
  texts.push({ zh: `${output.routes.length} 条线路，${underWay} 辆在途`, en: `${output.routes.length} lines, ${underWay} vehicles under way` });
  if (feed) texts.push({ zh: `${told} 班有实时晚点`, en: `${told} trips tell their delay` });
  if (day !== null) texts.push({ zh: `时刻表取自 ${spell(day)}，并非今天`, en: `timetable of ${spell(day)}, not of today` });
  else if (today < output.from || today > output.to) texts.push({ zh: `时刻表有效期 ${spell(output.from)} 至 ${spell(output.to)}，今天无班次`, en: `the timetable runs from ${spell(output.from)} to ${spell(output.to)}: no trips today` });
  if (feed && feed.ledger.rejected > 0) texts.push({ zh: `拒收 ${feed.ledger.rejected} 条`, en: `${feed.ledger.rejected} refused` });
  for (const [why, count] of Object.entries(output.skipped)) texts.push({ zh: `时刻表问题 ${count} 处（${why}）`, en: `${count} × ${why}` });
  return { state: feed ? states[feed.state] : 'ready', progress: null, count: underWay, feed, message: { zh: texts.map((text) => text.zh).join('；'), en: texts.map((text) => text.en).join('; ') } };
}
