import type { Legend, Text } from '#engine';
import { aqiClasses, NORMAL_COLOUR, waterClasses, type SensorKind } from '#models';
import { NOISE_COLOURS, NOISE_FAR } from './judge.ts';
import { UNKNOWN_COLOUR } from './markers.ts';

type Entry = Legend['entries'][number];

function air(): Entry[] {
  const { limits, colours, labels } = aqiClasses();
  const range = (i: number): string => (i === 0 ? `0–${limits[0]}` : i === limits.length ? `> ${limits[i - 1]}` : `${limits[i - 1] + 1}–${limits[i]}`);
  return colours.map((colour, i) => ({ colour, label: { zh: `AQI ${range(i)}　${labels?.[i].zh}`, en: `AQI ${range(i)}: ${labels?.[i].en.toLowerCase()}` } }));
}

function water(): Entry[] {
  const [, ...classes] = waterClasses();
  return classes.map(({ name, colour }, i) => ({ colour, label: i === 0 ? { zh: '水质 Ⅰ–Ⅱ类', en: 'Water: class I–II' } : { zh: `水质 ${name.zh}`, en: `Water: ${name.en.toLowerCase()}` } }));
}

function noise(): Entry[] {
  return [
    { colour: NOISE_COLOURS.within, label: { zh: '噪声达标', en: 'Noise: within the limit' } },
    { colour: NOISE_COLOURS.over, label: { zh: `噪声超标 ≤ ${NOISE_FAR} dB`, en: `Noise: up to ${NOISE_FAR} dB over` } },
    { colour: NOISE_COLOURS.far, label: { zh: `噪声超标 > ${NOISE_FAR} dB`, en: `Noise: more than ${NOISE_FAR} dB over` } },
  ];
}

/** Levels of a kind that is data: named once where several items share a word. */
function own({ title, items }: SensorKind): Entry[] {
  const levels = items.flatMap((item) => [{ colour: NORMAL_COLOUR, label: item.base ?? { zh: '正常', en: 'Normal' } }, ...(item.levels ?? [])]);
  const once = levels.filter(({ label }, i) => levels.findIndex((other) => other.label.zh === label.zh) === i);
  return once.map(({ colour, label }) => ({ colour, label: { zh: `${title.zh} ${label.zh}`, en: `${title.en}: ${label.en.toLowerCase()}` } }));
}

/** The levels of the standards that judge what is there, named in the title. @param airShown the colours of the air stand in the legend already */
export function sensorLegend(kinds: ReadonlyMap<string, SensorKind | null>, airStandard: string, airShown = false): Legend {
  const owns = [...kinds.values()].filter((kind) => kind !== null);
  const standards: Text[] = [];
  if (kinds.has('air')) standards.push({ zh: `空气 ${airStandard} 实时报`, en: `air ${airStandard}, real-time report` });
  if (kinds.has('water')) standards.push({ zh: '地表水 GB 3838-2002', en: 'surface water GB 3838-2002' });
  if (kinds.has('noise')) standards.push({ zh: '噪声 GB 3096-2008', en: 'noise GB 3096-2008' });
  for (const { title, standard } of owns) standards.push({ zh: title.zh + (standard ? ` ${standard}` : ''), en: title.en.toLowerCase() + (standard ? ` ${standard}` : '') });
  return {
    title: { zh: standards.map(({ zh }) => zh).join('；'), en: standards.map(({ en }) => en).join('; ') },
    unit: '',
    entries: [
      ...(kinds.has('air') && !airShown ? air() : []), ...(kinds.has('water') ? water() : []), ...(kinds.has('noise') ? noise() : []), ...owns.flatMap(own),
      { colour: UNKNOWN_COLOUR, label: { zh: '圆环：无数据；淡色：已过期', en: 'Ring: no data; pale: too old' } },
    ],
  };
}
