import type { Random } from './random.ts';
import { build, slab, tall, type Site, type Use } from './plots.ts';
import { rectangle, type Ring } from './shape.ts';

const flats = (storeys: number): { storeys: number; height: number; use: Use } => ({ storeys, height: tall(storeys, 'residential'), use: 'residential' });

/** The sun's claim: free ground between two rows facing south, as a share of the southern row's height. Project convention. */
const SUN = 0.95;

/** Rows of flats facing south, as far apart as the winter sun asks; the middle of large estates is a garden. */
export function estate(site: Site, random: Random, storeys: number): void {
  const depth = storeys > 12 ? 16 : 12.5;
  const pitch = depth + Math.max(15, tall(storeys, 'residential') * SUN * (storeys > 18 ? 0.72 : 1));
  const longest = storeys > 18 ? 28 : storeys > 9 ? 32 : 38;
  const low = site.south + 14;
  const high = site.north - 14;
  const rows = Math.max(1, Math.floor((high - low - depth) / pitch) + 1);
  const slack = high - low - depth - (rows - 1) * pitch;
  const garden = rows >= 4 && site.east - site.west > 150 ? Math.floor(rows / 2) : -1;
  for (let row = 0; row < rows; row++) {
    const v = low + depth / 2 + slack / 2 + row * pitch;
    const width = site.east - site.west;
    const gap = storeys > 18 ? 19 : 8;
    const count = Math.max(1, Math.floor((width + gap) / (longest + gap)));
    const length = Math.min(longest, (width - (count - 1) * gap) / count - 2);
    const stagger = storeys > 18 && row % 2 === 1 ? (length + gap) / 2 : 0;
    for (let i = 0; i < count; i++) {
      if (row === garden && i > 0 && i < count - 1) continue;
      const u = site.west + length / 2 + 1 + i * (length + gap) + stagger;
      const floors = storeys + (storeys > 9 ? random.pick([-2, -1, 0, 0, 1]) : random.pick([0, 0, 0, -1]));
      if (storeys > 18) build(site, u, v, cross(length, depth), flats(floors));
      else slab(site, u, v, length, depth, flats(floors));
    }
  }
}

/** A tower of flats: notched corners, as light to every room asks. */
function cross(width: number, depth: number): Ring {
  const x = width / 2;
  const y = depth / 2 + 2;
  const notch = 4;
  return [[-x + notch, -y], [x - notch, -y], [x - notch, -y + notch], [x, -y + notch], [x, y - notch], [x - notch, y - notch], [x - notch, y], [-x + notch, y], [-x + notch, y - notch], [-x, y - notch], [-x, -y + notch], [-x + notch, -y + notch]];
}

/** Courtyard houses wall to wall in lanes: two rows back to back, each house about its own court. */
export function oldTown(site: Site, random: Random): void {
  const depth = site.north - site.south;
  const rows = Math.max(1, Math.round(depth / 14));
  const each = depth / rows;
  for (let row = 0; row < rows; row++) {
    for (let u = site.west + 0.6; u < site.east - 8; ) {
      const width = Math.min(random.between(8.5, 14), site.east - u - 0.6);
      const d = Math.min(16, each - 1.8);
      const storeys = random.pick([1, 1, 2, 2, 2, 3]);
      const house = { storeys, height: Math.round((storeys * 3.1 + 1) * 10) / 10, use: 'old-town' as const };
      const v = site.south + (row + 0.5) * each;
      const court = width > 10.5 && d > 9.5 && random.chance(0.62);
      if (!random.chance(0.05)) build(site, u + width / 2, v, rectangle(0, 0, width - 0.8, d), house, court ? [rectangle(random.between(-1, 1), 0.6, width * 0.36, d * 0.36)] : [], { apart: 0.35, bent: true });
      u += width + (random.chance(0.12) ? 2.6 : 0.2);
    }
  }
}

/** Blocks closed towards their streets: buildings along the edges, small ones within. */
export function perimeter(site: Site, random: Random, storeys: number, use: Use): void {
  const depth = 13.5;
  const shop = { storeys, height: tall(storeys, use), use };
  for (const v of [site.south + depth / 2 + 0.5, site.north - depth / 2 - 0.5]) {
    for (let u = site.west + 2; u < site.east - 14; ) {
      const width = Math.min(random.between(22, 46), site.east - u - 2);
      const floors = Math.max(2, storeys + random.whole(-2, 2));
      slab(site, u + width / 2, v, width - 1, depth, { ...shop, storeys: floors, height: tall(floors, use) });
      u += width + (random.chance(0.3) ? 7 : 3.5);
    }
  }
  if (site.north - site.south < 62) return;
  for (const u of [site.west + depth / 2 + 0.5, site.east - depth / 2 - 0.5]) {
    for (let v = site.south + depth + 9; v < site.north - depth - 20; v += 36) {
      const floors = Math.max(2, storeys + random.whole(-3, 1));
      slab(site, u, v + 14, depth, Math.min(28, site.north - depth - 6 - v), { ...shop, storeys: floors, height: tall(floors, use) });
    }
  }
  for (let u = site.west + 40; u < site.east - 40; u += 34)
    for (let v = site.south + 38; v < site.north - 36; v += 30) if (random.chance(0.55)) slab(site, u, v, random.between(14, 24), random.between(11, 16), { storeys: 2, height: tall(2, use), use });
}

/** Low shops along the long sides of an estate, as they stand in every Chinese street; the gate stays open. */
export function shops(site: Site, random: Random): void {
  const gate = (site.west + site.east) / 2;
  for (const [side, v] of [[-1, site.south + 6], [1, site.north - 6]] as const) {
    if (!random.chance(side < 0 ? 0.85 : 0.7)) continue;
    for (let u = site.west + 5; u < site.east - 16; ) {
      const width = Math.min(random.between(15, 27), site.east - 5 - u);
      const storeys = random.pick([1, 2, 2, 3]);
      if (Math.abs(u + width / 2 - gate) > 20 && !random.chance(0.08)) build(site, u + width / 2, v, rectangle(0, 0, width - 1.4, 9.5), { storeys, height: Math.round((storeys * 3.6 + 0.6) * 10) / 10, use: 'commercial' }, [], { apart: 0.4 });
      u += width;
    }
  }
}

/** Plastic greenhouses in fields near the roads, a farmhouse here and there. */
export function greenhouses(site: Site, random: Random): void {
  if (!random.chance(0.75)) return;
  const west = site.west + random.between(20, 120);
  const south = site.south + random.between(16, 80);
  const rows = random.whole(4, 9);
  for (let row = 0; row < rows; row++) for (let column = 0; column < 3; column++) slab(site, west + column * 62 + 30, south + row * 13, 54, 8, { storeys: 1, height: 3.2, use: 'industrial' });
  slab(site, west + 16, south + rows * 13 + 14, 14, 10, { storeys: 2, height: 7, use: 'residential' });
}

/** Farmhouses along village lanes, each with its yard. */
export function village(site: Site, random: Random): void {
  const rows = Math.max(1, Math.floor((site.north - site.south) / 17));
  for (let row = 0; row < rows; row++) {
    for (let u = site.west + 7; u < site.east - 6; u += random.between(11.8, 16)) {
      if (random.chance(0.12)) continue;
      const storeys = random.pick([2, 2, 3, 3, 1]);
      slab(site, u, site.south + (row + 0.5) * ((site.north - site.south) / rows) + random.between(-1.5, 1.5), random.between(9.5, 12.5), random.between(8.5, 11), { storeys, height: Math.round((storeys * 3.2 + 0.6) * 10) / 10, use: 'residential' });
    }
  }
}

/** Sheds in rows with yards between them, an office at the gate. */
export function works(site: Site, random: Random): void {
  slab(site, site.west + 22, site.south + 12, 36, 15, { storeys: 5, height: tall(5, 'office'), use: 'office' });
  for (let v = site.south + 52; v < site.north - 16; v += random.between(52, 66)) {
    for (let u = site.west + 6; u < site.east - 36; ) {
      const width = Math.min(random.between(56, 118), site.east - u - 4);
      const storeys = random.pick([1, 1, 1, 2, 2]);
      if (!random.chance(0.08)) slab(site, u + width / 2, v, width - 3, random.between(30, 42), { storeys, height: storeys === 1 ? random.whole(9, 13) : tall(storeys, 'industrial') + 2, use: 'industrial' });
      u += width + random.between(12, 20);
    }
  }
  for (let u = site.west + 60; u < site.east - 20; u += 46) if (random.chance(0.5)) slab(site, u, site.south + 13, 30, 16, { storeys: 2, height: 9, use: 'industrial' });
}
