import type { Card, CardRow, Text } from '#engine';
import { networkKindLook, type NetworkElement, type NetworkEntry } from '#models';
import { linkText, materialText, nodeLook } from './look.ts';

const row = (zh: string, en: string, value: CardRow['value'], unit?: string, group?: Text): CardRow => ({ label: { zh, en }, value, ...(unit ? { unit } : {}), ...(group ? { group } : {}) });
const rounded = (value: number, places: number): number => Number(value.toFixed(places));
const heightsGroup: Text = { zh: '高程', en: 'Heights' };
const modelGroup: Text = { zh: '模型', en: 'Model' };
const sourceGroup: Text = { zh: '来源', en: 'Source' };

const statusTexts: Readonly<Record<string, Text>> = {
  open: { zh: '开启', en: 'open' }, closed: { zh: '关闭', en: 'closed' }, 'check valve': { zh: '止回', en: 'check valve' },
};

/** What a value was stated as; null where the data have none. */
type Read = (name: string) => number | null;
type Word = (name: string) => string | null;

const readers = ({ properties }: NetworkElement): { number: Read; word: Word } => ({
  number: (name) => (typeof properties[name] === 'number' ? properties[name] : null),
  word: (name) => (typeof properties[name] === 'string' && properties[name] !== '' ? properties[name] : null),
});

/** The card of a pipe, a device or a node, with how its depth is known. */
export function elementCard(element: NetworkElement, entry: NetworkEntry, source: Text | null): Card {
  const kind = networkKindLook(entry.kind).title;
  const rows = [...(element.link ? linkRows(element, entry) : nodeRows(element, entry)), ...sourceRows(entry)];
  const type = String(element.properties.type ?? '');
  const word = element.link ? linkText(type) : nodeLook(type, entry.kind).title;
  const id = String(element.properties.id);
  return { title: { zh: `${kind.zh}${element.link ? '' : ' '}${word.zh} ${id}`, en: `${kind.en}: ${word.en} ${id}` }, rows, asOf: null, stale: false, source };
}

function linkRows(element: NetworkElement, entry: NetworkEntry): CardRow[] {
  const { number, word } = readers(element);
  const rows: CardRow[] = [];
  const [diameter, length, drawn, cover] = ['diameter', 'length', 'drawn', 'cover'].map(number);
  rows.push(diameter ? row('管径', 'Diameter', rounded(diameter * 1000, 1), 'mm') : row('管径', 'Diameter', { zh: '未知，按 100 毫米绘制', en: 'unknown, drawn as 100 mm' }));
  const material = word('material');
  if (material) rows.push(row('材质', 'Material', materialText(material)));
  if (length !== null) rows.push(row('长度', 'Length', rounded(length, 1), 'm'));
  if (drawn !== null && (length === null || Math.abs(drawn - length) > 0.05 * length)) rows.push(row('图上长度', 'Length as drawn', rounded(drawn, 1), 'm'));
  if (cover !== null) rows.push(row('管顶埋深', 'Depth of the crown', rounded(cover, 2), 'm'), row('埋深依据', 'Depth from', depthText(number('assumed') === 1, entry)));
  const status = word('status');
  if (status) rows.push(row('状态', 'Status', statusTexts[status] ?? status));
  rows.push(row('起点', 'From', word('from') ?? ''), row('终点', 'To', word('to') ?? ''));
  const [start, end] = [number('startInvert'), number('endInvert')];
  if (start !== null) rows.push(row('起点管底高程', 'Invert at the start', rounded(start, 3), 'm', heightsGroup));
  if (end !== null) rows.push(row('终点管底高程', 'Invert at the end', rounded(end, 3), 'm', heightsGroup));
  if (start !== null && end !== null && length) rows.push(row('坡度', 'Slope', rounded(((start - end) / length) * 1000, 2), '‰', heightsGroup));
  const roughness = number('roughness');
  if (roughness !== null) rows.push(row('粗糙系数', 'Roughness', rounded(roughness, 5), undefined, modelGroup));
  for (const [name, zh, en] of [['shape', '断面', 'Section'], ['standard', '规格', 'Standard type'], ['valve', '阀型', 'Type of valve'], ['tag', '标签', 'Tag']] as const) {
    const value = word(name);
    if (value && value !== material) rows.push(row(zh, en, value, undefined, modelGroup));
  }
  return rows;
}

const nodeNumbers = [
  ['elevation', '高程', 'Elevation', 1, 'm'], ['rim', '井面高程', 'Rim', 1, 'm'], ['ground', '地面高程', 'Ground', 1, 'm'], ['head', '水头', 'Head', 1, 'm'], ['level', '水位', 'Level', 1, 'm'], ['maxLevel', '最高水位', 'Highest level', 1, 'm'],
  ['tankDiameter', '直径', 'Diameter', 1, 'm'], ['demand', '用水量', 'Demand', 1000, 'L/s'], ['pressure', '额定压力', 'Nominal pressure', 1e-6, 'MPa'], ['voltage', '电压', 'Voltage', 0.001, 'kV'],
] as const;

function nodeRows(element: NetworkElement, entry: NetworkEntry): CardRow[] {
  const { number, word } = readers(element);
  const rows: CardRow[] = [row('类型', 'Type', nodeLook(word('type') ?? '', entry.kind).title)];
  const [ground, place] = [number('ground'), number('place')];
  if (ground !== null && place !== null) rows.push(row('管中心埋深', 'Depth of the pipe’s middle', rounded(ground - place, 2), 'm'));
  for (const [name, zh, en, factor, unit] of nodeNumbers) {
    const value = number(name);
    if (value !== null && !(name === 'demand' && value === 0)) rows.push(row(zh, en, rounded(value * factor, 3), unit));
  }
  const tag = word('tag');
  if (tag) rows.push(row('标签', 'Tag', tag, undefined, modelGroup));
  return rows;
}

const heightTexts: Readonly<Record<string, Text>> = {
  absolute: { zh: '属性：管底高程', en: 'attributes: inverts' }, 'below-rim': { zh: '属性：井面以下深度（模型高程基准与地形不同）', en: 'attributes: depth below the rim (the model’s datum is not the terrain’s)' },
  'pipe-elevations': { zh: '属性：节点高程视为管中心', en: 'attributes: elevations taken as the pipes’ middles' }, depths: { zh: '属性：埋深', en: 'attributes: stated depth' },
};

/** How a depth is known, in a person's words. */
function depthText(assumed: boolean, { cover, heights }: NetworkEntry): Text {
  if (assumed || !heights) return { zh: `假定：地面以下 ${cover ?? 1.2} 米`, en: `assumed: ${cover ?? 1.2} m below the ground` };
  return heightTexts[heights];
}

function sourceRows(entry: NetworkEntry): CardRow[] {
  const rows = [row('文件', 'File', entry.name, undefined, sourceGroup)];
  if (entry.crs) rows.push(row('坐标系', 'Reference system', entry.crs, undefined, sourceGroup));
  else rows.push(row('位置', 'Place', entry.placed === 'place' ? { zh: '人工指定', en: 'put by hand' } : { zh: '未知，置于城市中心', en: 'unknown, put in the middle of the city' }, undefined, sourceGroup));
  if (entry.schematic?.is) rows.push(row('布局', 'Layout', { zh: `示意图，非真实位置（长度离散 ${entry.schematic.ratio} 倍）`, en: `schematic, no true places (lengths spread ${entry.schematic.ratio} times)` }, undefined, sourceGroup));
  return rows;
}
