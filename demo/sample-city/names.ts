import type { RoadClass, Street } from './streets.ts';

/** Names of main streets by their place on the drawing board. */
const main = new Map<string, string>([
  ['v-245', '滨江大道'], ['v245', '江北大道'], ['v-800', '长江中路'], ['v-1450', '九华大道'], ['v-2100', '齐山大道'], ['v750', '永明大道'],
  ['u-1500', '秋浦路'], ['u-650', '百牙路'], ['u150', '池阳大道'], ['u950', '清溪大道'], ['u1700', '平天湖路'],
  ['u1290', '清溪河西路'], ['u1370', '清溪河东路'], ['u-2215', '西环辅路'], ['u2265', '东环辅路'], ['v-2665', '南环辅路'], ['v1165', '北环辅路'],
  ['u-1860', '工业一路'], ['u-1075', '人民路'], ['u-250', '翠柏路'], ['u550', '东湖路'], ['u1985', '学府路'], ['u1325', '观澜路'],
  ['v-2385', '站北路'], ['v-1775', '石城大道'], ['v-1125', '建设路'], ['v-520', '长江北路'], ['v500', '江语路'], ['v960', '启航路'],
]);

const first = '杏花贵秋翠永安康宁和兴昌文德仁义明远长清玉金银桂兰竹松梅荷莲春夏瑞祥福泰景云霞星月青白红紫碧东西南北中'.split('');
const second = '村池浦平安园塘桥山湖河泉溪林苑台亭坊门城阳光华丰盛达通顺和乐田圩洲渡港湾岭'.split('');

const suffixes: Partial<Record<RoadClass, string[]>> = { secondary: ['路'], tertiary: ['路', '路', '街'], residential: ['路', '街'], service: ['巷', '弄', '里'] };

/** Names streets: the same place on the board, the same name; every other street gets one of its own. */
export function streetNames(): (street: Street) => string {
  const given = new Map<string, string>();
  const taken = new Set(main.values());
  let next = 0;
  const fresh = (suffix: string): string => {
    for (;;) {
      const stem = first[(next * 7) % first.length] + second[(next * 11 + Math.floor(next / 41)) % second.length];
      next += 1;
      const name = stem[0] === stem[1] ? '' : stem + suffix;
      if (name && !taken.has(name)) return taken.add(name) && name;
    }
  };
  return (street) => {
    if (street.class === 'trunk') return '环城快速路';
    const named = main.get(`${street.axis}${street.at}`);
    if (named) return named;
    const key = `${street.axis}${Math.round(street.at)}/${Math.floor((street.from + 4000) / 900)}`;
    const there = given.get(key);
    if (there) return there;
    const list = suffixes[street.class] ?? ['路'];
    const name = fresh(list[next % list.length]);
    given.set(key, name);
    return name;
  };
}
