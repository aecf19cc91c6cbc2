import type { Random } from './random.ts';
import { build, slab, tall, type Site, type Use } from './plots.ts';
import { rectangle, regular, type Ring } from './shape.ts';

const of = (storeys: number, use: Use, name?: string): { storeys: number; height: number; use: Use; name?: string } => ({ storeys, height: tall(storeys, use), use, ...(name ? { name } : {}) });

/** Where the towers are highest, on the board. */
export const peak = { u: 620, v: -520 } as const;

/** 1 at the city's peak, falling off over about a kilometre. */
export const central = (u: number, v: number): number => Math.exp(-(((u - peak.u) / 780) ** 2) - ((v - peak.v) / 620) ** 2);

/** Towers over low shops: one to three a block, highest near the peak. */
export function business(site: Site, random: Random): void {
  const u0 = (site.west + site.east) / 2;
  const v0 = (site.south + site.north) / 2;
  const rise = central(u0, v0);
  const width = site.east - site.west;
  const towers = width > 110 ? 2 : 1;
  for (let i = 0; i < towers; i++) {
    const u = towers === 1 ? u0 + random.between(-8, 8) : site.west + width * (i === 0 ? 0.27 : 0.73);
    const v = v0 + random.between(-0.12, 0.12) * (site.north - site.south);
    const storeys = Math.round(12 + 40 * rise * random.between(0.55, 1.05) + random.between(0, 6));
    const side = random.between(28, 38);
    const form = random.next();
    const outline: Ring = form < 0.55 ? rectangle(0, 0, side, side * random.between(0.75, 1)) : form < 0.8 ? chamfered(side, side * 0.9) : regular(0, 0, side * 0.56, 20);
    build(site, u, v, outline, of(storeys, i === 0 && random.chance(0.7) ? 'office' : 'commercial'), [], { apart: 6 });
  }
  podiums(site, random);
}

function chamfered(width: number, depth: number): Ring {
  const x = width / 2;
  const y = depth / 2;
  const c = Math.min(x, y) * 0.4;
  return [[-x + c, -y], [x - c, -y], [x, -y + c], [x, y - c], [x - c, y], [-x + c, y], [-x, y - c], [-x, -y + c]];
}

function podiums(site: Site, random: Random): void {
  for (const v of [site.south + 11, site.north - 11])
    for (let u = site.west + 3; u < site.east - 18; ) {
      const width = Math.min(random.between(26, 52), site.east - u - 3);
      slab(site, u + width / 2, v, width - 2, 20, of(random.whole(3, 5), 'commercial'));
      u += width + random.between(5, 10);
    }
}

/** Offices and flats of middle height over shops. */
export function mixed(site: Site, random: Random): void {
  const rise = central((site.west + site.east) / 2, (site.south + site.north) / 2);
  const storeys = Math.round(9 + 14 * rise + random.between(0, 9));
  for (let u = site.west + 22; u < site.east - 16; u += random.between(44, 58))
    for (let v = site.south + 38; v < site.north - 20; v += random.between(46, 60)) if (!random.chance(0.14)) slab(site, u, v, random.between(24, 34), random.between(15, 20), of(Math.max(6, storeys + random.whole(-4, 4)), random.chance(0.55) ? 'residential' : 'office'));
  podiums(site, random);
}

/** Class wings around a yard, a hall, a sports field beside them. @returns the field's outline in board metres */
export function school(site: Site, name: string): [number, number, number, number] | null {
  const v = site.south + (site.north - site.south) * 0.3;
  const west = site.west + (site.east - site.west) * 0.28;
  for (const [i, offset] of [-34, 0, 34].entries()) slab(site, west, v + offset, 62, 13, of(4, 'school', i === 1 ? name : undefined));
  slab(site, west + 52, v, 26, 34, of(3, 'school'));
  const field: [number, number, number, number] = [site.east - 118, site.north - 66, 104, 54];
  return site.east - site.west > 190 && site.north - site.south > 120 ? field : null;
}

export function hospital(site: Site, name: string): void {
  const u = (site.west + site.east) / 2;
  const v = (site.south + site.north) / 2;
  slab(site, u, v + 12, 84, 22, of(18, 'hospital', name));
  slab(site, u, v - 34, 96, 34, of(5, 'hospital'));
  slab(site, u - 72, v + 20, 18, 66, of(8, 'hospital'));
  slab(site, u + 72, v + 20, 18, 66, of(8, 'hospital'));
}

/** Public buildings on ground set aside for them. */
export function reserved(site: Site, random: Random): void {
  const u = (site.west + site.east) / 2;
  const v = (site.south + site.north) / 2;
  const name = site.block.reserve;
  if (site.block.zone === 'government') {
    slab(site, u, v + 40, 150, 26, of(12, 'public', name));
    for (const side of [-1, 1]) {
      slab(site, u + side * 98, v - 20, 24, 96, of(7, 'public'));
      slab(site, u + side * 58, v - 88, 60, 20, of(5, 'public'));
    }
  } else if (site.block.zone === 'stadium') {
    const oval = (rx: number, ry: number): Ring => Array.from({ length: 40 }, (_, i) => [rx * Math.cos((i / 40) * 2 * Math.PI), ry * Math.sin((i / 40) * 2 * Math.PI)] as const);
    build(site, u - 30, v - 10, oval(128, 98), { storeys: 6, height: 34, use: 'public', name }, [oval(84, 56)]);
    build(site, u + 138, v + 72, regular(0, 0, 38, 24), { storeys: 3, height: 20, use: 'public', name: '游泳馆' });
  } else if (site.block.zone === 'university') {
    slab(site, u, v + 60, 96, 62, of(9, 'public', `${name ?? ''}图书馆`));
    for (let row = 0; row < 5; row++) for (const side of [-1, 1]) slab(site, u + side * 150, site.south + 40 + row * 66, 96, 17, of(random.whole(4, 6), 'school', row === 0 && side < 0 ? name : undefined));
    for (let row = 0; row < 4; row++) slab(site, u, site.south + 36 + row * 46, 70, 15, of(6, 'residential'));
  } else if (site.block.zone === 'square') {
    slab(site, u, site.north - 42, 150, 48, { storeys: 4, height: 26, use: 'public', name: '市民中心' });
    build(site, u - 110, site.south + 60, regular(0, 0, 34, 28), { storeys: 4, height: 28, use: 'public', name: '大剧院' });
    build(site, u + 110, site.south + 60, rectangle(0, 0, 62, 46), { storeys: 4, height: 22, use: 'public', name: '博物馆' });
  } else {
    build(site, u, v, regular(0, 0, 9, 8), { storeys: 5, height: 26, use: 'public', name: site.block.zone === 'hill-park' ? '望江楼' : '湖心亭' });
  }
}
