import type { FreeGround } from './free-ground.ts';
import { bend, canal, longStreets, riverHalf } from './layout.ts';
import type { Place } from './place.ts';
import type { Point } from './shape.ts';

type Wish = readonly [name: string, u: number, v: number];

/** Air: one a district and more where people are, named for what lies nearby. */
const air: readonly Wish[] = [
  ['市民广场', 180, -960], ['滨江中央区', 590, -540], ['秋浦老城', -1080, -640], ['百荷公园', -1460, -960], ['齐山新区', -320, -2240], ['平湖公园', 980, -1780], ['平天湖片区', 1950, -1500], ['大学城', 1740, -2400],
  ['西环工业园', -1900, -1900], ['站前片区', 190, -2700], ['江北新城', 260, 700], ['江北工业园', -1080, 700], ['北岸湿地', 1960, 520], ['体育中心', -640, -1290], ['环城北', 900, 1290], ['郊野对照', -2740, -1450],
];
/** Noise: the functional zones of a city, from quiet to a main road's edge. @source GB 3096-2008, 4 */
const noise: readonly (readonly [...Wish, string])[] = [
  ['望江山疗养区', -180, -2560, '0类'], ['秋浦老城居住区', -1250, -620, '1类'], ['大学城文教区', 1740, -2160, '1类'], ['平天湖居住区', 1820, -1280, '1类'], ['江北居住区', 560, 980, '1类'], ['滨江中央区商业', 720, -420, '2类'],
  ['站前商业', 90, -2440, '2类'], ['西环工业区', -1760, -2260, '3类'], ['江北工业区', -1200, 880, '3类'], ['池阳大道', 170, -1300, '4a类'], ['九华大道', -900, -1430, '4a类'], ['宁安铁路', 700, -2900, '4b类'],
];

/** Stations of the environment: air and noise beside streets, water on the banks. Simulated: nothing is measured in a city made up. */
export function stationsOf(ground: FreeGround, add: (place: Omit<Place, 'id'>) => void): void {
  const free = (wish: Point): Point | null => ground.nearest(wish);
  const station = (kind: string, name: string, rank: number, wish: Point, attributes: Place['attributes']): void => {
    const at = free(wish);
    if (at) add({ kind, name, rank, at, attributes });
  };
  for (const [name, u, v] of air) station('air-station', `${name}空气站`, 60, bend(u, v), { measures: 'PM2.5、PM10、SO₂、NO₂、CO、O₃', standard: 'HJ 633-2012', simulated: true });
  const bank = (name: string, u: number, side: 1 | -1): void => station('water-station', `${name}水质站`, 55, bend(u, side * (riverHalf(u) + 4)), { measures: 'pH、溶解氧、高锰酸盐指数、氨氮、总磷', standard: 'GB 3838-2002', water: '秋浦江（虚构）', simulated: true });
  bank('西环大桥', -2260, -1);
  bank('白沙洲', -1300, 1);
  bank('滨江公园', -380, -1);
  bank('池阳大桥', 190, 1);
  bank('取水口', 760, -1);
  bank('东环大桥', 2310, -1);
  const inland = (name: string, water: string, wish: Point): void => station('water-station', `${name}水质站`, 55, wish, { measures: 'pH、溶解氧、高锰酸盐指数、氨氮、总磷', standard: 'GB 3838-2002', water, simulated: true });
  inland('清溪河口', '清溪河', bend(canal.axis - canal.half - 5, longStreets.bankSouth - 60));
  inland('清溪河上游', '清溪河', bend(canal.axis + canal.half + 5, -2040));
  inland('平湖', '平湖', bend(1120, -1775));
  inland('百荷', '百荷', bend(-1288, -962));
  for (const [name, u, v, zone] of noise) station('noise-station', `${name}噪声站`, 50, bend(u, v), { measures: 'Leq', standard: 'GB 3096-2008', zone, simulated: true });
}
