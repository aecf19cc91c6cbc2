import type { Links } from './road-links.ts';

/** Segments of links by square cell. Segment i runs from vertex i to i + 1 of its link; `items[starts[cell]] …` are segments. */
export interface SegmentGrid {
  readonly cell: number;
  readonly west: number;
  readonly south: number;
  readonly columns: number;
  readonly rows: number;
  readonly starts: Uint32Array;
  readonly items: Uint32Array;
  /** [vertex] link that the segment starting there belongs to. */
  readonly linkOf: Uint32Array;
}

const CELL = 60;
/** Most cells; larger extents get larger cells. */
const MOST = 1 << 20;

/** Visits the cells that a segment's box touches. */
function visit(links: Links, grid: Omit<SegmentGrid, 'starts' | 'items' | 'linkOf'>, i: number, each: (cell: number) => void): void {
  const { x, y } = links;
  const west = Math.floor((Math.min(x[i], x[i + 1]) - grid.west) / grid.cell);
  const east = Math.floor((Math.max(x[i], x[i + 1]) - grid.west) / grid.cell);
  const south = Math.floor((Math.min(y[i], y[i + 1]) - grid.south) / grid.cell);
  const north = Math.floor((Math.max(y[i], y[i + 1]) - grid.south) / grid.cell);
  for (let row = south; row <= north; row++) for (let column = west; column <= east; column++) each(row * grid.columns + column);
}

export function gridOf(links: Links): SegmentGrid {
  let [west, south, east, north] = [0, 0, 0, 0];
  for (let i = 0; i < links.x.length; i++) {
    west = i === 0 ? links.x[i] : Math.min(west, links.x[i]);
    east = i === 0 ? links.x[i] : Math.max(east, links.x[i]);
    south = i === 0 ? links.y[i] : Math.min(south, links.y[i]);
    north = i === 0 ? links.y[i] : Math.max(north, links.y[i]);
  }
  const cell = Math.max(CELL, Math.sqrt(((east - west) * (north - south)) / MOST));
  const shape = { cell, west, south, columns: Math.floor((east - west) / cell) + 1, rows: Math.floor((north - south) / cell) + 1 };
  const starts = new Uint32Array(shape.columns * shape.rows + 1);
  const linkOf = new Uint32Array(links.x.length);
  const segments: number[] = [];
  for (let link = 0; link < links.count; link++)
    for (let i = links.linkStart[link]; i < links.linkStart[link + 1]; i++) {
      linkOf[i] = link;
      if (i + 1 < links.linkStart[link + 1]) segments.push(i);
    }
  for (const i of segments) visit(links, shape, i, (at) => starts[at + 1]++);
  for (let at = 0; at + 1 < starts.length; at++) starts[at + 1] += starts[at];
  const items = new Uint32Array(starts[starts.length - 1]);
  const next = starts.slice(0, -1);
  for (const i of segments) visit(links, shape, i, (at) => (items[next[at]++] = i));
  return { ...shape, starts, items, linkOf };
}
