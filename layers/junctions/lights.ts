import type { Text } from '#engine';
import type { Light, Movement } from '#models';

/** Signal colours, the same by day and night; no other colours of the scene come near them in strength. */
export const LIGHT_COLOURS: Readonly<Record<Light, string>> = { red: '#e5352b', 'red-amber': '#ef7f1a', green: '#17b45b', amber: '#f4b81c', flashing: '#d9a21a', dark: '#6d777d' };
/** Where nothing is known, or too long ago. */
export const UNKNOWN_COLOUR = '#8b959c';

export const LIGHT_WORDS: Readonly<Record<Light, Text>> = {
  red: { zh: '红灯', en: 'red' }, 'red-amber': { zh: '红黄灯', en: 'red and amber' }, green: { zh: '绿灯', en: 'green' }, amber: { zh: '黄灯', en: 'amber' }, flashing: { zh: '黄闪', en: 'flashing amber' }, dark: { zh: '灭灯', en: 'dark' },
};

const MOVEMENT_WORDS: Readonly<Record<Movement, Text>> = {
  left: { zh: '左转', en: 'left' }, through: { zh: '直行', en: 'through' }, right: { zh: '右转', en: 'right' }, 'u-turn': { zh: '掉头', en: 'U-turn' }, pedestrian: { zh: '行人', en: 'pedestrians' },
};

const COMES_FROM: readonly Text[] = [
  { zh: '南', en: 'From the south' }, { zh: '西南', en: 'From the south-west' }, { zh: '西', en: 'From the west' }, { zh: '西北', en: 'From the north-west' },
  { zh: '北', en: 'From the north' }, { zh: '东北', en: 'From the north-east' }, { zh: '东', en: 'From the east' }, { zh: '东南', en: 'From the south-east' },
];

/** A group as a person names it: by where its vehicles come from and what they do. A heading of 0 comes from the south. */
export function groupTitle(heading: number, movement: Movement): Text {
  const from = COMES_FROM[Math.round((((heading % 360) + 360) % 360) / 45) % 8];
  const what = MOVEMENT_WORDS[movement];
  return { zh: `${from.zh}进口${what.zh}`, en: `${from.en}, ${what.en}` };
}
