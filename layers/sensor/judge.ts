import type { Text } from '#engine';
import { aqiStandardAt, noiseCheck, noiseZones, REAL_TIME_ITEMS, judgeThresholds, realTimeIndex, waterClass, type AqiStandard, type HourlyAir, type NoiseZone } from '#models';
import type { KindOfStation } from './items.ts';

/** What a station's values mean. */
export interface Verdict {
  /** AQI, class 1 … 6, dB(A). */
  readonly value: number;
  /** What stands beside the symbol. */
  readonly text: string;
  readonly level: Text;
  /** '#rrggbb' */
  readonly colour: string;
  /** 0 (best) … 1: worse ones are seen first. */
  readonly severity: number;
  /** Names of the items that decide. */
  readonly primary: readonly string[];
  /** Sub-index or class of single items, as the card says it. */
  readonly items: Readonly<Record<string, string>>;
  readonly standard: string;
  /** The same as `items` in both languages, where they are words. */
  readonly words?: Readonly<Record<string, Text>>;
}

/** No standard gives noise colours: within the limit, over it, far over it, and where no zone is known. */
export const NOISE_COLOURS = { within: '#1a9e54', over: '#ef7622', far: '#c8202c', unknown: '#5b87a0' } as const;
/** Decibels over a limit that count as far. */
export const NOISE_FAR = 5;

const CLASSES = ['Ⅰ', 'Ⅱ', 'Ⅲ', 'Ⅳ', 'Ⅴ', '劣Ⅴ'] as const;

const nameOf: ReadonlyMap<string, string> = new Map(Object.entries(REAL_TIME_ITEMS).map(([name, item]) => [item, name]));

/** The version that judges a reading of a moment (unix seconds). */
export function standardFor(choice: unknown, time: number): AqiStandard {
  return choice === 'HJ 633-2012' || choice === 'HJ 633-2026' ? choice : aqiStandardAt(time);
}

/** Judges the air of an hour; null where nothing of it is known. */
function judgeAir(values: Readonly<Record<string, number>>, standard: AqiStandard): Verdict | null {
  const index = realTimeIndex(values as HourlyAir, standard);
  if (!index) return null;
  const named = (item: string): string => nameOf.get(item) ?? item;
  return {
    value: index.aqi, text: String(index.aqi), level: index.name, colour: index.colour, severity: index.aqi / 500, primary: index.primary.map(named), standard,
    items: Object.fromEntries(Object.entries(index.iaqi).map(([item, sub]) => [named(item), sub === null ? 'IAQI –' : `IAQI ${sub}`])),
  };
}

function judgeWater(values: Readonly<Record<string, number>>): Verdict | null {
  const found = waterClass(values, values.lake === 1 ? 'lake' : 'river');
  if (!found) return null;
  return {
    value: found.level, text: CLASSES[found.level - 1], level: found.name, colour: found.colour, severity: (found.level - 1) / 5, primary: found.level > 1 ? found.deciding : [], standard: 'GB 3838-2002',
    items: Object.fromEntries(Object.entries(found.items).map(([item, level]) => [item, CLASSES[level - 1]])),
  };
}

function judgeNoise(values: Readonly<Record<string, number>>, time: number): Verdict | null {
  const { laeq } = values;
  if (laeq === undefined) return null;
  const base = { value: laeq, text: `${Math.round(laeq)} dB`, primary: [], standard: 'GB 3096-2008' };
  const zone: NoiseZone | undefined = noiseZones[values.zone];
  if (zone === undefined) return { ...base, level: { zh: '功能区未知，不作评价', en: 'Zone unknown, not judged' }, colour: NOISE_COLOURS.unknown, severity: 0.1, items: {} };
  // Zones' days and nights are those of China, UTC+8.
  const check = noiseCheck(zone, (Math.floor(time / 3600) + 8) % 24, laeq, values.lmax ?? null);
  const when = check.night ? { zh: '夜间', en: 'night' } : { zh: '昼间', en: 'day' };
  const limit: Text = { zh: `${zone}类区${when.zh}限值 ${check.limit} dB`, en: `limit of zone ${zone} by ${when.en} ${check.limit} dB` };
  const over = check.over.toFixed(1);
  return {
    ...base, items: {}, primary: [],
    text: check.compliant ? base.text : `${base.text} +${check.over.toFixed(0) === '0' ? over : Math.round(check.over)}`,
    level: check.compliant ? { zh: `达标（${limit.zh}）`, en: `Within the ${limit.en}` } : { zh: `超标 ${over} dB（${limit.zh}）`, en: `${over} dB over the ${limit.en}` },
    colour: check.compliant ? NOISE_COLOURS.within : check.over > NOISE_FAR ? NOISE_COLOURS.far : NOISE_COLOURS.over,
    severity: check.compliant ? 0.05 : Math.min(1, 0.25 + check.over / 20),
  };
}

/** Judges by thresholds that are data. */
function judgeOwn(own: NonNullable<KindOfStation['own']>, values: Readonly<Record<string, number>>): Verdict | null {
  const found = judgeThresholds(own, values);
  if (!found) return null;
  const { item, value, label, colour, severity, items } = found;
  return {
    value, text: `${value.toFixed(item.digits)}${item.unit ? ` ${item.unit}` : ''}`, level: label, colour, severity, primary: found.level >= 0 ? [item.name] : [], standard: own.standard ?? '',
    items: Object.fromEntries(Object.entries(items).map(([name, { zh }]) => [name, zh])), words: items,
  };
}

/** Judges what a station measured at a moment (unix seconds); null where nothing can be said. */
export function judge({ kind, own }: KindOfStation, values: Readonly<Record<string, number>>, time: number, standard: AqiStandard): Verdict | null {
  if (own) return judgeOwn(own, values);
  if (kind === 'air') return judgeAir(values, standard);
  return kind === 'water' ? judgeWater(values) : judgeNoise(values, time);
}
