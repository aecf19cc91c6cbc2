/** A standard class of points of a scan. */
export interface PointClass {
  readonly zh: string;
  readonly en: string;
  /** '#rrggbb' as viewers of scans commonly have it. */
  readonly colour: string;
}

/** Classes by their number. @source ASPRS LAS 1.4 R15, tables 9 (formats 0–5) and 17 (formats 6–10); Chinese words after CH/T 8024-2011 where it has them */
const CLASSES: Readonly<Record<number, PointClass>> = {
  0: { zh: '未处理', en: 'created, never classified', colour: '#9a9aa2' },
  1: { zh: '未分类', en: 'unclassified', colour: '#b4b4ba' },
  2: { zh: '地面', en: 'ground', colour: '#a8794a' },
  3: { zh: '低植被', en: 'low vegetation', colour: '#9ccb62' },
  4: { zh: '中植被', en: 'medium vegetation', colour: '#5fae48' },
  5: { zh: '高植被', en: 'high vegetation', colour: '#2e8a3c' },
  6: { zh: '建筑物', en: 'building', colour: '#e0663f' },
  7: { zh: '低点（噪声）', en: 'low point (noise)', colour: '#e23ad0' },
  8: { zh: '模型关键点', en: 'model key point', colour: '#f2d13c' },
  9: { zh: '水体', en: 'water', colour: '#3f83e0' },
  10: { zh: '铁路', en: 'rail', colour: '#6f5fc4' },
  11: { zh: '道路面', en: 'road surface', colour: '#5b6470' },
  12: { zh: '重叠点', en: 'overlap', colour: '#d8c9a0' },
  13: { zh: '避雷线', en: 'wire: guard', colour: '#f0b429' },
  14: { zh: '导线', en: 'wire: conductor', colour: '#f59e0b' },
  15: { zh: '输电塔', en: 'transmission tower', colour: '#c2410c' },
  16: { zh: '线路连接件', en: 'wire-structure connector', colour: '#eab308' },
  17: { zh: '桥面', en: 'bridge deck', colour: '#9fb3c8' },
  18: { zh: '高点（噪声）', en: 'high noise', colour: '#ff5fa2' },
  19: { zh: '架空结构', en: 'overhead structure', colour: '#7c93b5' },
  20: { zh: '被忽略的地面', en: 'ignored ground', colour: '#c9a27a' },
  21: { zh: '雪', en: 'snow', colour: '#e8f1fb' },
  22: { zh: '时相排除', en: 'temporal exclusion', colour: '#7a7a7a' },
};

/** Colours of classes that the standard leaves to users. */
const OWN = ['#4fb3bf', '#bf8f4f', '#8f4fbf', '#4f7abf', '#bf4f6e', '#6ebf4f'];

/** The class of a number; those the standard does not name keep their number. */
export function pointClass(number: number): PointClass {
  return CLASSES[number] ?? { zh: `类别 ${number}`, en: `class ${number}`, colour: OWN[number % OWN.length] };
}
