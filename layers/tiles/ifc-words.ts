import type { Text } from '#engine';

/** Classes of IFC as people call them. */
const classes: Readonly<Record<string, readonly [string, string]>> = {
  Wall: ['墙', 'wall'], WallStandardCase: ['墙', 'wall'], Slab: ['楼板', 'slab'], Roof: ['屋顶', 'roof'], Door: ['门', 'door'], Window: ['窗', 'window'], Column: ['柱', 'column'], Beam: ['梁', 'beam'], Member: ['杆件', 'member'],
  Plate: ['板', 'plate'], CurtainWall: ['幕墙', 'curtain wall'], Stair: ['楼梯', 'stair'], StairFlight: ['梯段', 'stair flight'], Ramp: ['坡道', 'ramp'], RampFlight: ['坡段', 'ramp flight'], Railing: ['栏杆', 'railing'],
  Covering: ['面层', 'covering'], Footing: ['基础', 'footing'], Pile: ['桩', 'pile'], FurnishingElement: ['家具', 'furnishing'], Furniture: ['家具', 'furniture'], FlowTerminal: ['末端设备', 'flow terminal'],
  FlowSegment: ['管段', 'flow segment'], FlowFitting: ['管件', 'flow fitting'], FlowController: ['控制件', 'flow controller'], DistributionElement: ['机电构件', 'distribution element'], BuildingElementProxy: ['其他构件', 'building element'],
  BuildingElementPart: ['构件部分', 'element part'], ElementAssembly: ['组合构件', 'assembly'], Site: ['场地', 'site'], Building: ['建筑', 'building'], Space: ['空间', 'space'], ReinforcingBar: ['钢筋', 'reinforcing bar'],
  SanitaryTerminal: ['卫生器具', 'sanitary terminal'], TransportElement: ['运输设备', 'transport element'], GeographicElement: ['地理要素', 'geographic element'], Road: ['道路', 'road'], Bridge: ['桥梁', 'bridge'],
  Course: ['结构层', 'course'], Pavement: ['路面', 'pavement'], Kerb: ['路缘石', 'kerb'], Signal: ['信号机', 'signal'], EarthworksFill: ['填方', 'fill'], ShadingDevice: ['遮阳', 'shading device'], Chimney: ['烟囱', 'chimney'],
};

/** Property names of the standard's common sets and quantities. */
const properties: Readonly<Record<string, string>> = {
  Reference: '参照编号', LoadBearing: '是否承重', IsExternal: '是否外围', FireRating: '耐火等级', AcousticRating: '隔声等级', ThermalTransmittance: '传热系数', ExtendToStructure: '延伸至结构', Combustible: '可燃', Compartmentation: '防火分隔',
  Status: '状态', PitchAngle: '坡度', Span: '跨度', Slope: '坡度', HandicapAccessible: '无障碍', FireExit: '疏散出口', SelfClosing: '自闭', SmokeStop: '挡烟', GlazingAreaFraction: '玻璃面积比', SecurityRating: '安防等级', Infiltration: '渗透量',
  NumberOfRiser: '踢面数', NumberOfTreads: '踏面数', RiserHeight: '踢面高', TreadLength: '踏面宽', Length: '长度', Width: '宽度', Height: '高度', Depth: '深度', Area: '面积', Volume: '体积', Perimeter: '周长', Weight: '重量', GrossArea: '毛面积', NetArea: '净面积',
  GrossVolume: '毛体积', NetVolume: '净体积', GrossSideArea: '毛侧面积', NetSideArea: '净侧面积', GrossFootprintArea: '毛占地面积', NetFootprintArea: '净占地面积', GrossWeight: '毛重', NetWeight: '净重', CrossSectionArea: '截面积', OuterSurfaceArea: '外表面积', TotalSurfaceArea: '总表面积',
};

/** `IfcWall` → 墙 IfcWall; a class of no name here stands as it is. */
export function classText(name: string): Text {
  const words = classes[name.replace(/^Ifc/u, '')];
  return words ? { zh: `${words[0]} ${name}`, en: `${words[1]} (${name})` } : { zh: name, en: name };
}

export function propertyText(name: string): Text {
  return { zh: properties[name] ?? name, en: name };
}

/** Name of a property set as a heading. */
export function setText(name: string): Text {
  if (name === 'BaseQuantities' || name.startsWith('Qto_')) return { zh: `工程量 ${name}`, en: name };
  return { zh: name || '属性', en: name || 'properties' };
}
