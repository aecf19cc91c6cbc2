import type { Legend, Text } from '#engine';
import type { SurfaceOutput } from '#models';
import { chinaTime } from './status.ts';
import type { SurfaceChoice, SurfaceReadings } from './surface-choice.ts';

const MODELS = { exponential: { zh: '指数模型', en: 'exponential' }, spherical: { zh: '球状模型', en: 'spherical' }, gaussian: { zh: '高斯模型', en: 'Gaussian' } } as const satisfies Record<string, Text>;

/** A number as a legend has it: no more digits than mean something, and rounding's dust is 0. */
export function shortNumber(value: number): string {
  return Math.abs(value) < 1e-9 ? '0' : Number(value.toPrecision(3)).toString();
}

function methodText({ method, because, variogram }: SurfaceOutput): Text {
  if (because === 'same') return { zh: '各站读数相同', en: 'all readings are the same' };
  if (method === 'distance') return because === 'few' ? { zh: '反距离加权（站点少于 10 个，不拟合变差函数）', en: 'inverse distance (fewer than 10 stations: no variogram fitted)' } : { zh: '反距离加权', en: 'inverse distance' };
  const model = MODELS[variogram!.model];
  const range = shortNumber(variogram!.range / 1000);
  return { zh: `普通克里金（${model.zh}，变程参数 ${range} km）`, en: `ordinary kriging (${model.en}, range parameter ${range} km)` };
}

/** How well the stations foretell one another: the picture's own figure of trust. */
export function checkText({ check }: Pick<SurfaceOutput, 'check'>, unit: string): Text {
  const of = (value: number): string => shortNumber(value) + (unit ? ` ${unit}` : '');
  const covered = check.coverage === null ? null : Math.round(100 * check.coverage);
  return {
    zh: `留一检验 ${check.count} 站：平均误差 ${of(check.mae)}，均方根 ${of(check.rmse)}，偏差 ${of(check.bias)}${covered === null ? '' : `，95% 区间覆盖 ${covered}%`}`,
    en: `left out one by one, ${check.count} stations: mean error ${of(check.mae)}, RMS ${of(check.rmse)}, bias ${of(check.bias)}${covered === null ? '' : `, 95% interval covers ${covered}%`}`,
  };
}

/** What the colours of a surface mean, of when it is, and how far to trust it. */
export function surfaceLegend(choice: SurfaceChoice, readings: SurfaceReadings, found: SurfaceOutput): Legend & { readonly standard: boolean } {
  const error = choice.show === 'error';
  const { title, unit } = readings;
  const method = methodText(found);
  const check = checkText(found, unit);
  const shown: Text = { zh: `${title.zh}${error ? ' 插值标准差' : ' 分布'}`, en: `${title.en}${error ? ': standard deviation of the estimate' : ' over the ground'}` };
  const labels = error ? undefined : readings.classes?.labels;
  return {
    title: {
      zh: `${shown.zh}，截至 ${chinaTime(readings.to)}（UTC+8）；${method.zh}；${check.zh}`,
      en: `${shown.en}, as of ${chinaTime(readings.to)} (UTC+8); ${method.en}; ${check.en}`,
    },
    unit, standard: labels !== undefined,
    entries: found.steps.map(({ from, to, colour }, i) => {
      const range = from === -Infinity ? `≤ ${shortNumber(to)}` : to === Infinity ? `> ${shortNumber(from)}` : `${shortNumber(from)}–${shortNumber(to)}`;
      const label = labels?.[i];
      return { colour, label: { zh: label ? `${range}　${label.zh}` : range, en: label ? `${range}: ${label.en.toLowerCase()}` : range } };
    }),
  };
}
