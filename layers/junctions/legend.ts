import type { Legend } from '#engine';
import { serviceColour, type ServiceLevel } from '#models';
import { LIGHT_COLOURS, LIGHT_WORDS, UNKNOWN_COLOUR } from './lights.ts';

const LIMITS: readonly (readonly [ServiceLevel, string])[] = [['A', '≤ 10 s'], ['B', '≤ 20 s'], ['C', '≤ 35 s'], ['D', '≤ 55 s'], ['E', '≤ 80 s'], ['F', '> 80 s']];

/** Signals as they stand, and what a junction's symbol says. */
export function junctionsLegend(): Legend {
  return {
    title: { zh: '信号灯色（停车线）与路口服务水平（标志，按平均控制延误，HCM）', en: 'Signals (stop lines), and junctions by level of service (symbols; mean control delay, HCM)' },
    unit: '',
    entries: [
      ...(['green', 'amber', 'red'] as const).map((light) => ({ colour: LIGHT_COLOURS[light], label: LIGHT_WORDS[light] })),
      ...LIMITS.map(([level, limit]) => ({ colour: serviceColour(level), label: { zh: `服务水平 ${level}　${limit}`, en: `Level of service ${level}: ${limit}` } })),
      { colour: UNKNOWN_COLOUR, label: { zh: '无数据或已过期', en: 'No value, or too old' } },
    ],
  };
}
