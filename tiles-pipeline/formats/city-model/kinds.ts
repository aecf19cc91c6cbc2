import { areaWords } from '../../stages/words.ts';

/** What becomes of an object: `body` and `building` get solids, `area` polygons on the ground, `inside` is not drawn. */
export type Role = 'building' | 'body' | 'area' | 'tree' | 'relief' | 'part' | 'attached' | 'inside' | 'group';

const roles: Readonly<Record<Role, string>> = {
  building: 'Building',
  body: 'Bridge Tunnel CityFurniture GenericCityObject GenericOccupiedSpace GenericUnoccupiedSpace GenericLogicalSpace GenericThematicSurface OtherConstruction CityObjectGroupGeometry',
  area: 'Road Railway Track Square TransportSquare TransportationComplex Waterway LandUse WaterBody PlantCover',
  tree: 'SolitaryVegetationObject',
  relief: 'TINRelief ReliefFeature',
  part: 'BuildingPart BridgePart TunnelPart',
  attached: 'BuildingInstallation BuildingConstructiveElement BridgeInstallation BridgeConstructiveElement BridgeConstructionElement TunnelInstallation TunnelConstructiveElement',
  inside: 'Room BuildingRoom BuildingFurniture BuildingStorey BuildingUnit Storey IntBuildingInstallation BridgeRoom BridgeFurniture IntBridgeInstallation HollowSpace TunnelHollowSpace TunnelFurniture IntTunnelInstallation',
  group: 'CityObjectGroup',
};

const roleByType = new Map<string, Role>(Object.entries(roles).flatMap(([role, types]) => types.split(' ').map((type) => [type, role as Role] as const)));

/** The role of a class; one that is not known (an extension's) is a body when it has one. */
export function roleOf(type: string): Role {
  return roleByType.get(type) ?? 'body';
}

/** Classes of boundary surfaces and openings → index into SURFACES. Roads' and waters' own surfaces are none of a body. */
const surfaceTypes: Readonly<Record<string, number>> = {
  RoofSurface: 1, WallSurface: 2, InteriorWallSurface: 2, GroundSurface: 3, Window: 4, WindowSurface: 4, Door: 5, DoorSurface: 5, ClosureSurface: 6, FloorSurface: 7, OuterFloorSurface: 7, CeilingSurface: 8, OuterCeilingSurface: 8,
};

/** Index into SURFACES of a class of surface; undefined for what is no boundary surface. */
export function surfaceOf(type: string): number | undefined {
  return surfaceTypes[type];
}

const fixedKinds: Readonly<Record<string, string>> = { Road: 'square', Track: 'square', Square: 'square', TransportSquare: 'square', TransportationComplex: 'square', Railway: 'railway', Waterway: 'water', WaterBody: 'water', PlantCover: 'green' };

/** Land use by code. @source MLIT, PLATEAU code list Common_landUseType (three digits); OGC 12-019 (CityGML 2.0), C.7, class of land use (four digits) */
const landUseCodes: Readonly<Record<string, string>> = {
  201: 'farmland', 202: 'farmland', 203: 'forest', 204: 'water', 205: 'land', 211: 'residential', 212: 'commercial', 213: 'industrial', 214: 'public', 215: 'square', 216: 'industrial', 217: 'green', 218: 'public', 219: 'industrial',
  1000: 'residential', 1100: 'land', 2000: 'square', 3000: 'green', 4000: 'water',
};

/** The word for a kind of area that classify understands. */
export function areaKind(type: string, properties: Readonly<Record<string, unknown>>): string {
  const fixed = fixedKinds[type];
  const said = ['function', 'usage', 'class'].map((key) => String(properties[key] ?? '').toLowerCase()).filter(Boolean);
  if (type === 'PlantCover' && said.some((word) => /forest|wood|wald|bos|林/u.test(word))) return 'forest';
  if (fixed) return fixed;
  for (const word of said) {
    const kind = landUseCodes[word] ?? (areaWords[word] ? word : undefined);
    if (kind) return kind;
  }
  return 'land';
}

/**
 * The use of a building by the code or word of its function, in the words of `useWords`. @source MLIT, PLATEAU code list Building_usage
 * (three digits); AdV, ALKIS object catalogue, building functions (31001_…)
 */
export function useOf(properties: Readonly<Record<string, unknown>>): string | undefined {
  for (const key of ['usage', 'function', 'class']) {
    const said = String(properties[key] ?? '');
    const plateau = /^4\d\d$/u.test(said) ? plateauUses[said] : undefined;
    const german = /^31001_(\d)/u.exec(said)?.[1];
    const use = plateau ?? (said.startsWith('31001_3021') || said.startsWith('31001_3020') ? 'school' : said.startsWith('31001_305') ? 'hospital' : german ? { 1: 'residential', 2: 'commercial', 3: 'public' }[german] : undefined);
    if (use) return use;
  }
  return undefined;
}

const plateauUses: Readonly<Record<string, string>> = { 401: 'office', 402: 'commercial', 403: 'commercial', 404: 'commercial', 411: 'residential', 412: 'residential', 413: 'residential', 414: 'residential', 415: 'residential', 421: 'public', 422: 'public', 431: 'industrial', 441: 'industrial', 451: 'industrial', 452: 'industrial', 453: 'public' };
