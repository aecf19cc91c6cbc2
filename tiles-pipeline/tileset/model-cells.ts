/** What of a feature decides where its triangles go: metres of the model's frame. */
export interface FeatureBox {
  readonly row: number;
  readonly min: readonly [number, number, number];
  readonly max: readonly [number, number, number];
  readonly vertices: number;
  /** Part of what is seen from outside: never left out from afar. */
  readonly shell: boolean;
}

/** One content: features near each other that appear at one distance. */
export interface Cell {
  readonly boxes: readonly FeatureBox[];
  /** Metres of the largest thing that is missing until this content is shown; 0 = always there. */
  readonly missing: number;
}

const MOST = { vertices: 60_000, features: 40_000, metres: 60 };
/** Models up to this are one content: splitting them would cost more than it saves. */
const SMALL = 20_000;
/** Metres across from which things are shown one level earlier. */
const LARGE = 4;
const MIDDLE = 1;

/**
 * Sorts a model's features into contents: the shell and what is large; what is a metre and more; the rest. Each is cut into cells
 * near enough together to be quantized finely. From afar only the first are loaded; nothing stands for anything else, so nothing gapes or jumps.
 */
export function cellsOf(boxes: readonly FeatureBox[]): Cell[] {
  const vertices = boxes.reduce((sum, box) => sum + box.vertices, 0);
  if (vertices <= SMALL) return split(boxes).map((part) => ({ boxes: part, missing: 0 }));
  const levels: FeatureBox[][] = [[], [], []];
  for (const box of boxes) {
    const across = Math.hypot(box.max[0] - box.min[0], box.max[1] - box.min[1], box.max[2] - box.min[2]);
    levels[box.shell || across >= LARGE ? 0 : across >= MIDDLE ? 1 : 2].push(box);
  }
  const missing = [0, LARGE, MIDDLE];
  return levels.flatMap((level, k) => (level.length === 0 ? [] : split(level).map((part) => ({ boxes: part, missing: levels[0].length === 0 && k === 1 ? 0 : missing[k] }))));
}

/** Halves at the median of the longest side until each part fits; a feature is never cut. */
function split(boxes: readonly FeatureBox[]): (readonly FeatureBox[])[] {
  const middle = (box: FeatureBox, axis: number): number => (box.min[axis] + box.max[axis]) / 2;
  const spans = [0, 1, 2].map((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (const box of boxes) {
      low = Math.min(low, middle(box, axis));
      high = Math.max(high, middle(box, axis));
    }
    return high - low;
  });
  const widest = Math.max(...spans);
  const vertices = boxes.reduce((sum, box) => sum + box.vertices, 0);
  if (boxes.length <= 1 || (vertices <= MOST.vertices && boxes.length <= MOST.features && widest <= MOST.metres)) return [boxes];
  const axis = spans.indexOf(widest);
  const sorted = boxes.toSorted((a, b) => middle(a, axis) - middle(b, axis) || a.row - b.row);
  const half = sorted.length >> 1;
  return [...split(sorted.slice(0, half)), ...split(sorted.slice(half))];
}
