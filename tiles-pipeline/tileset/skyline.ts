export interface Placed {
  readonly page: number;
  readonly x: number;
  readonly y: number;
}

export interface PageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Puts rectangles on pages of at most `most` × `most`: each where its foot lies lowest on the skyline, then leftmost; the tallest first, a new page where none has room.
 * Pages come back as large as what lies on them, in steps of four.
 * @param sizes each at most `most` either way @source Jylänki 2010, "A Thousand Ways to Pack the Bin", 3.1
 */
export function packPages(sizes: readonly PageSize[], most: number): { places: Placed[]; pages: PageSize[] } {
  const order = Array.from(sizes.keys()).toSorted((a, b) => sizes[b].height - sizes[a].height || sizes[b].width - sizes[a].width || a - b);
  const places = Array.from<Placed>({ length: sizes.length });
  const skylines: Step[][] = [];
  const reach: { width: number; height: number }[] = [];
  for (const index of order) {
    const { width, height } = sizes[index];
    let page = 0;
    let found: { x: number; y: number } | undefined;
    for (; page < skylines.length && !found; page += found ? 0 : 1) found = place(skylines[page], width, height, most);
    if (!found) {
      skylines[page] = [{ x: 0, y: 0, width: most }];
      reach[page] = { width: 0, height: 0 };
      found = { x: 0, y: 0 };
    }
    places[index] = { page, ...found };
    raise(skylines[page], found.x, found.y + height, width);
    reach[page] = { width: Math.max(reach[page].width, found.x + width), height: Math.max(reach[page].height, found.y + height) };
  }
  return { places, pages: reach.map(({ width, height }) => ({ width: fours(width), height: fours(height) })) };
}

interface Step { x: number; y: number; width: number }

function fours(size: number): number {
  return (size + 3) & ~3;
}

function place(skyline: readonly Step[], width: number, height: number, most: number): { x: number; y: number } | undefined {
  let best: { x: number; y: number } | undefined;
  for (const [k, { x }] of skyline.entries()) {
    if (x + width > most) break;
    let y = 0;
    for (let j = k; j < skyline.length && skyline[j].x < x + width; j++) y = Math.max(y, skyline[j].y);
    if (y + height <= most && (!best || y < best.y)) best = { x, y };
  }
  return best;
}

/** The skyline from x on is `y` for `width`. */
function raise(skyline: Step[], x: number, y: number, width: number): void {
  const end = x + width;
  const kept: Step[] = [];
  for (const step of skyline) {
    const stepEnd = step.x + step.width;
    if (step.x < x) kept.push({ ...step, width: Math.min(stepEnd, x) - step.x });
    if (step.x <= x && stepEnd > x) kept.push({ x, y, width });
    if (stepEnd > end) kept.push({ x: Math.max(step.x, end), y: step.y, width: stepEnd - Math.max(step.x, end) });
  }
  skyline.length = 0;
  for (const step of kept) {
    const last = skyline.at(-1);
    if (last && last.y === step.y) last.width += step.width;
    else skyline.push({ ...step });
  }
}
