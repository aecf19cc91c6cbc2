import type { Text } from '#engine';
import { parseColour, type TransitRoute } from '#models';

const KINDS: Readonly<Record<number, Text>> = {
  0: { zh: '有轨电车', en: 'Tram' }, 1: { zh: '地铁', en: 'Metro' }, 2: { zh: '铁路', en: 'Rail' }, 3: { zh: '公交', en: 'Bus' }, 4: { zh: '轮渡', en: 'Ferry' }, 5: { zh: '缆车', en: 'Cable tram' },
  6: { zh: '索道', en: 'Aerial lift' }, 7: { zh: '齿轨铁路', en: 'Funicular' }, 11: { zh: '无轨电车', en: 'Trolleybus' }, 12: { zh: '单轨', en: 'Monorail' },
};
/** Colours of lines whose feed says none, told apart in lightness too. */
const OWN = ['#1f6fb2', '#b5482f', '#2f8f5b', '#7a4fa3', '#b08a1e', '#2b8a92', '#a13d73', '#55626a'] as const;

/** What a route runs with. Extended types (100 …) are taken by their hundreds. @source GTFS reference, route_type; Extended GTFS route types */
export function routeKind({ type }: TransitRoute): Text {
  const plain = type >= 100 ? ({ 1: 2, 2: 3, 4: 1, 5: 1, 6: 1, 7: 3, 8: 11, 9: 0, 10: 4, 12: 4, 13: 6, 14: 7 }[Math.floor(type / 100)] ?? 3) : type;
  return KINDS[plain] ?? KINDS[3];
}

/** Whether it runs on rails: trains and trams have a symbol of their own. */
export function onRails(route: TransitRoute): boolean {
  return !['公交', '轮渡', '无轨电车', '索道'].includes(routeKind(route).zh);
}

/** A route's colour as '#rrggbb': the feed's, but for white and near-white, which no map shows; else one of ours. */
export function routeColour(route: TransitRoute, index: number): string {
  const bytes = route.colour === null ? null : parseColour(route.colour);
  return bytes && bytes[0] + bytes[1] + bytes[2] < 690 ? route.colour! : OWN[index % OWN.length];
}
