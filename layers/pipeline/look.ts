import type { Text } from '#engine';

/** How a node or a device stands in the picture. */
export interface NodeLook {
  readonly title: Text;
  readonly symbol: string;
  /** CSS pixels. */
  readonly size: number;
  /** One of very many: shown from nearby only. */
  readonly minor: boolean;
  /** Radius of the shaft from the pipe to the ground, metres; 0 for none. */
  readonly shaft: number;
  /** Metres that the shaft stands out of the ground. */
  readonly above: number;
}

const look = (zh: string, en: string, symbol: string, size: number, more: Partial<NodeLook> = {}): NodeLook => ({ title: { zh, en }, symbol, size, minor: false, shaft: 0, above: 0, ...more });

const looks: Readonly<Record<string, NodeLook>> = {
  junction: look('节点', 'Junction', 'dot', 4, { minor: true }),
  manhole: look('检查井', 'Manhole', 'ring', 7, { minor: true, shaft: 0.4 }),
  divider: look('分流井', 'Divider', 'ring', 8, { minor: true, shaft: 0.5 }),
  storage: look('调蓄井', 'Storage', 'square', 10, { shaft: 1.6 }),
  outfall: look('排放口', 'Outfall', 'triangle', 11),
  hydrant: look('消火栓', 'Hydrant', 'dot', 7, { minor: true, shaft: 0.07, above: 0.7 }),
  valve: look('阀门', 'Valve', 'diamond', 8, { minor: true, shaft: 0.12 }),
  pump: look('水泵', 'Pump', 'triangle', 12),
  tank: look('水池', 'Tank', 'square', 13),
  reservoir: look('水源', 'Reservoir', 'square', 14),
  source: look('气源', 'Source', 'square', 13),
  station: look('调压站', 'Station', 'square', 12),
  substation: look('变电站', 'Substation', 'square', 12),
  orifice: look('孔口', 'Orifice', 'diamond', 8, { minor: true }),
  weir: look('堰', 'Weir', 'diamond', 9),
  outlet: look('出口', 'Outlet', 'diamond', 8, { minor: true }),
};

/** The look of a node or device: a junction of a gravity network is a manhole, a transformer's bus a substation. */
export function nodeLook(type: string, kind: string): NodeLook {
  if (type === 'junction' && kind === 'drainage') return looks.manhole;
  if (type === 'station' && kind === 'power') return looks.substation;
  return looks[type] ?? looks.junction;
}

const linkTexts: Readonly<Record<string, Text>> = {
  pipe: { zh: '管', en: 'pipe' }, channel: { zh: '渠', en: 'channel' }, cable: { zh: '线缆', en: 'cable' }, pump: { zh: '水泵', en: 'pump' }, valve: { zh: '阀门', en: 'valve' },
  weir: { zh: '堰', en: 'weir' }, orifice: { zh: '孔口', en: 'orifice' }, outlet: { zh: '出口', en: 'outlet' },
};

export function linkText(type: string): Text {
  return linkTexts[type] ?? linkTexts.pipe;
}

const materialTexts: Readonly<Record<string, Text>> = {
  'ductile iron': { zh: '球墨铸铁', en: 'ductile iron' }, 'cast iron': { zh: '铸铁', en: 'cast iron' }, steel: { zh: '钢', en: 'steel' }, pe: { zh: '聚乙烯（PE）', en: 'polyethylene (PE)' }, pvc: { zh: '聚氯乙烯（PVC）', en: 'PVC' },
  concrete: { zh: '钢筋混凝土', en: 'concrete' }, 'asbestos cement': { zh: '石棉水泥', en: 'asbestos cement' }, copper: { zh: '铜', en: 'copper' }, 'glass fibre': { zh: '玻璃钢', en: 'glass fibre' }, clay: { zh: '陶土', en: 'clay' },
};

/** A material in both languages, or the data's own word. */
export function materialText(material: string): Text | string {
  return materialTexts[material] ?? material;
}
