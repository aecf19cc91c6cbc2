/** What the wall says, in both languages. */
export const WALL = {
  zh: {
    starting: '城镜正在启动…', waiting: '服务器没有应答，第 {n} 次重试…', noCity: '服务器上没有城市数据。请先构建城市，再打开此页。', failed: '无法打开：{why}。{seconds} 秒后重试。',
    asOf: '截至 {time}', ago: '{age}前', none: '尚无数据', frames: '页面 {n} 帧/秒', quiet: '画面静止', data: '数据 {n} 条/秒', offline: '与服务器断开', stopped: '画面停止，正在恢复', seconds: '{n} 秒', minutes: '{n} 分钟', hours: '{n} 小时', days: '{n} 天',
  },
  en: {
    starting: 'CityMirror is starting…', waiting: 'The server does not answer; try {n}…', noCity: 'The server has no city. Build one, then open this page.', failed: 'Cannot open: {why}. Again in {seconds} s.',
    asOf: 'as of {time}', ago: '{age} old', none: 'no data yet', frames: 'page {n} frames/s', quiet: 'picture at rest', data: '{n} readings/s', offline: 'no server', stopped: 'picture stopped, recovering', seconds: '{n} s', minutes: '{n} min', hours: '{n} h', days: '{n} d',
  },
} as const;

export type WallKey = keyof (typeof WALL)['zh'];
export type Say = (key: WallKey, values?: Readonly<Record<string, string | number>>) => string;

export function sayer(language: 'zh' | 'en'): Say {
  return (key, values = {}) => WALL[language][key].replace(/\{(\w+)\}/gu, (_all, name: string) => String(values[name] ?? ''));
}

/** An age in the one unit that a person would say. */
export function ageText(seconds: number, say: Say): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return say('seconds', { n: whole });
  if (whole < 5400) return say('minutes', { n: Math.round(whole / 60) });
  return whole < 172_800 ? say('hours', { n: Math.round(whole / 3600) }) : say('days', { n: Math.round(whole / 86_400) });
}
