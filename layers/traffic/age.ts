import type { Text } from '#engine';

/** Seconds as a person says them. */
export function ageText(seconds: number): Text {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return { zh: `${whole} 秒前`, en: `${whole} s ago` };
  if (whole < 5400) return { zh: `${Math.round(whole / 60)} 分钟前`, en: `${Math.round(whole / 60)} min ago` };
  return { zh: `${Math.round(whole / 3600)} 小时前`, en: `${Math.round(whole / 3600)} h ago` };
}
