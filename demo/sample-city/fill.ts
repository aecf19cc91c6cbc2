import { business, central, hospital, mixed, reserved, school } from './downtown.ts';
import { siteOf, type Building, type Site } from './plots.ts';
import { estate, greenhouses, oldTown, perimeter, shops, village, works } from './quarters.ts';
import { noise, type Random } from './random.ts';
import type { Point } from './shape.ts';
import type { Block } from './streets.ts';
import { villageSites } from './zoning.ts';

/** A block with what stands on it and what its ground is used for. */
export interface Quarter {
  readonly site: Site;
  readonly kind: 'residential' | 'commercial' | 'industrial' | 'public' | 'green' | 'farmland' | 'square' | 'forest';
  readonly buildings: Building[];
  /** A sports field: west, south, width, height on the board. */
  readonly field: [number, number, number, number] | null;
  readonly name: string | null;
}

const kinds: Record<string, Quarter['kind']> = {
  cbd: 'commercial', mixed: 'commercial', oldtown: 'residential', inner: 'residential', residential: 'residential', village: 'residential', industrial: 'industrial', country: 'farmland',
  railside: 'green', canal: 'green', 'hill-park': 'forest', 'lake-park': 'green', square: 'square', government: 'public', university: 'public', stadium: 'public',
};

const schoolNames = ['第一小学', '第二小学', '实验小学', '第一中学', '第二中学', '秀山门学校', '翠微中学', '杏花村学校', '平天湖小学', '江南中学', '百荷小学', '滨江学校', '清溪小学', '齐山中学', '东湖中学', '北岸学校'];
const hospitalNames = ['池州市人民医院', '池州市中医院', '江北医院', '妇幼保健院'];

/** Builds on every block by its zone. Schools and hospitals are spread over the housing estates. */
export function fillBlocks(blocks: readonly Block[], random: Random, allows: (place: Point) => boolean): Quarter[] {
  let estates = 0;
  let schools = 0;
  let hospitals = 0;
  return blocks.flatMap((block, i): Quarter[] => {
    const site = siteOf(block, allows);
    if (!site) return [];
    const own = random.fork(`block ${i}`);
    let kind = kinds[block.zone] ?? 'green';
    let field: Quarter['field'] = null;
    let name = block.reserve ?? null;
    const u = (site.west + site.east) / 2;
    const v = (site.south + site.north) / 2;
    const large = site.east - site.west > 160 && site.north - site.south > 110;
    if (block.zone === 'residential') {
      estates++;
      if (large && estates % 9 === 4 && schools < schoolNames.length) {
        name = `池州市${schoolNames[schools++]}`;
        field = school(site, name);
        kind = 'public';
      } else if (large && estates % 31 === 17 && hospitals < hospitalNames.length) {
        name = hospitalNames[hospitals++];
        hospital(site, name);
        kind = 'public';
      } else {
        shops(site, own);
        estate(site, own, storeysOf(u, v, own));
      }
    } else if (block.zone === 'oldtown') oldTown(site, own);
    else if (block.zone === 'inner') perimeter(site, own, own.whole(4, 7), 'residential');
    else if (block.zone === 'cbd') {
      if (own.chance(0.1)) kind = 'green';
      else business(site, own);
    } else if (block.zone === 'mixed') mixed(site, own);
    else if (block.zone === 'industrial') works(site, own);
    else if (block.zone === 'village') {
      if (villageAt(u, v) < 1) village(site, own);
      else kind = 'farmland';
    } else if (block.zone === 'country') greenhouses(site, own);
    else if (block.reserve) reserved(site, own);
    return [{ site, kind, buildings: site.buildings, field, name }];
  });
}

/** Below 1 inside a village: it grew around its middle, further along some lanes than along others. */
function villageAt(u: number, v: number): number {
  const reach = Math.min(...villageSites.map(([su, sv]) => Math.hypot(u - su, v - sv)));
  return reach / (255 + 90 * noise(u / 130, v / 130, 41));
}

/** Estates are higher towards the centre and along the river, lower at the edge; each is of one age and so of one height. */
function storeysOf(u: number, v: number, random: Random): number {
  const shore = Math.exp(-(((Math.abs(v) - 420) / 320) ** 2));
  const wish = central(u, v) * 1.2 + shore * 0.6 + random.between(-0.25, 0.5);
  if (wish > 0.95) return random.pick([26, 30, 32]);
  if (wish > 0.55) return random.pick([18, 24, 26]);
  if (wish > 0.2) return random.pick([11, 11, 16, 18]);
  return random.pick([6, 6, 6, 7, 11]);
}
