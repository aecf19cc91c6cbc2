import type { Text } from '#engine';
import { networkKindLook, type NetworkEntry, type NetworkOutput } from '#models';

const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
const listed = (names: readonly string[]): string => (names.length > 3 ? `${names.slice(0, 3).join(', ')} … ` : names.join(', '));

/** What a person should know of the networks shown: how many, what is a schematic, what was assumed. */
export function networkNotes({ networks, counts }: NetworkOutput, synthetic: boolean): Text {
  const notes: Text[] = [];
  const kilometres = grouped(networks.reduce((sum, { length }) => sum + length, 0) / 1000);
  const kinds = [...new Set(networks.map(({ kind }) => kind))].map((kind) => networkKindLook(kind).title);
  const shown = counts.shown === counts.links ? grouped(counts.links) : `${grouped(counts.shown)} / ${grouped(counts.links)}`;
  notes.push({ zh: `${kinds.map(({ zh }) => zh).join('、')}：${shown} 段管线，${kilometres} 公里`, en: `${kinds.map(({ en }) => en).join(', ')}: ${shown} links, ${kilometres} km` });
  const schematic = networks.filter((each) => each.schematic?.is).map(({ name }) => name);
  if (schematic.length > 0) notes.push({ zh: `示意布局，非真实位置：${listed(schematic)}`, en: `schematic layout, not true places: ${listed(schematic)}` });
  const middle = networks.filter(({ placed }) => placed === 'centre').map(({ name }) => name);
  if (middle.length > 0) notes.push({ zh: `位置未知，置于城市中心：${listed(middle)}`, en: `place unknown, put in the middle of the city: ${listed(middle)}` });
  notes.push(...depthNotes(networks));
  if (counts.unknown > 0) notes.push({ zh: `${grouped(counts.unknown)} 段无此属性`, en: `${grouped(counts.unknown)} links without a value` });
  if (synthetic) notes.push({ zh: '合成数据', en: 'synthetic data' });
  return { zh: notes.map(({ zh }) => zh).join('；'), en: notes.map(({ en }) => en).join('; ') };
}

function depthNotes(networks: readonly NetworkEntry[]): Text[] {
  return (['assumed', 'mixed'] as const).flatMap((depth) => {
    const of = networks.filter((each) => each.depth === depth);
    if (of.length === 0) return [];
    const which = of.length === networks.length ? { zh: '', en: '' } : { zh: `（${listed(of.map(({ name }) => name))}）`, en: ` (${listed(of.map(({ name }) => name))})` };
    const cover = of[0].cover ?? 1.2;
    return [depth === 'assumed'
      ? { zh: `埋深为假定值，管顶距地面 ${cover} 米${which.zh}`, en: `depth assumed, cover ${cover} m${which.en}` }
      : { zh: `部分埋深为假定值，管顶距地面 ${cover} 米${which.zh}`, en: `some depths assumed, cover ${cover} m${which.en}` }];
  });
}
