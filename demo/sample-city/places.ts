import type { Quarter } from './fill.ts';
import { FreeGround } from './free-ground.ts';
import { furniture } from './furniture.ts';
import { bend } from './layout.ts';
import type { Place } from './place.ts';
import { railway, type RoadGraph } from './roads.ts';
import { centre, distance, type Point } from './shape.ts';
import { stationsOf } from './stations.ts';

const districts: [string, number, number][] = [
  ['滨江中央区', 560, -520], ['秋浦老城', -1080, -780], ['齐山新区', -250, -2250], ['平天湖片区', 1950, -1500], ['江北新城', 300, 700], ['西环工业园', -1900, -1900], ['大学城', 1980, -2380], ['站前片区', 150, -2750],
];
const fireStations: [string, number, number, number][] = [['中心消防救援站', 130, -1180, 9], ['老城消防救援站', -1060, -420, 6], ['工业园消防救援站', -1880, -1800, 8], ['平天湖消防救援站', 1720, -1180, 6], ['江北消防救援站', 170, 520, 7], ['大学城消防救援站', 1690, -2240, 5]];
const policeStations: [string, number, number][] = [['市公安局', 560, -1240], ['滨江派出所', 520, -620], ['老城派出所', -1240, -560], ['齐山派出所', -360, -2140], ['平天湖派出所', 1900, -1420], ['江北派出所', 420, 640], ['工业园派出所', -1840, -1500], ['大学城派出所', 1660, -2420], ['站前派出所', 180, -2600]];
const clinics: [string, number, number][] = [['滨江', 360, -600], ['老城', -1180, -360], ['百荷', -1560, -1300], ['齐山', -480, -1980], ['望江', 320, -2300], ['平湖', 900, -1620], ['清溪', 1180, -980], ['平天湖', 1880, -1000], ['学府', 1860, -1900], ['江语', 340, 420], ['永明', 1100, 780], ['启航', -360, 980]];

/** What stands in the city beside its buildings, with ids that never change for the same seed. */
export function buildPlaces(graph: RoadGraph, quarters: readonly Quarter[]): Place[] {
  const places: Place[] = [];
  const counts = new Map<string, number>();
  const add = (place: Omit<Place, 'id'>): void => {
    const next = (counts.get(place.kind) ?? 0) + 1;
    counts.set(place.kind, next);
    places.push({ id: `${place.kind}-${String(next).padStart(4, '0')}`, ...place });
  };
  const buildings = quarters.flatMap((quarter) => quarter.buildings);
  const ground = new FreeGround([...graph.roads, railway()], buildings);
  /** At the door: a place inside a building moves out to the nearest free ground. */
  const door = (kind: string, name: string, rank: number, wish: Point, attributes?: Place['attributes']): void => {
    const at = ground.nearest(wish);
    if (at) add({ kind, name, rank, at, attributes });
  };
  for (const [name, u, v] of districts) add({ kind: 'district', name, rank: 100, at: bend(u, v) });
  for (const [name, u, v, engines] of fireStations) door('fire-station', name, 70, bend(u, v), { engines, hours: '24 h' });
  stationsOf(ground, add);
  for (const building of buildings) {
    if (!building.name) continue;
    const kind = building.use === 'hospital' || building.use === 'school' ? building.use : 'landmark';
    door(kind, building.name, kind === 'landmark' ? 80 : kind === 'hospital' ? 65 : 40, centre(building.outline), kind === 'hospital' ? { emergency: true, hours: '24 h' } : undefined);
  }
  for (const [name, u, v] of policeStations) door('police', name, 45, bend(u, v), { hours: '24 h' });
  for (const [name, u, v] of clinics) door('clinic', `${name}社区卫生服务中心`, 35, bend(u, v), { hours: '8:00–20:00' });
  const named = places.filter(({ kind }) => kind !== 'district' && !kind.endsWith('-station'));
  furniture(graph, ground, (at) => named.find((place) => distance(place.at, at) < 160)?.name ?? null, add);
  return places;
}
