import type { Anchor } from '#geo';

/**
 * Who lies over whom: imagery < ground drapes < ground lines < solids < translucent surfaces < symbols < labels < selection.
 * A batch's `order` is one of these plus its layer's number (0 … 99); higher is drawn later.
 */
export const ORDER = { imagery: 0, groundDrape: 100, groundLine: 200, solid: 300, translucent: 400, symbol: 500, label: 600, selection: 700 } as const;

interface BatchHead {
  /** Places are float32 metres east, north, up of this anchor; a batch spans at most 20 km (step ≤ 1 mm). */
  readonly anchor: Anchor;
  /** Unix seconds (a double) that the batch's float32 times count from; never more than an hour before now. 0 where nothing moves. */
  readonly epoch: number;
  readonly order: number;
  /** A name for each slot, for picks and cards; null where the layer resolves slots itself (columns that stay in a worker). */
  readonly ids: readonly string[] | null;
}

/** Two keyframes a slot: the place at `times[2i]` is `places`, at `times[2i + 1]` it is `to`; between them the shader mixes, outside it holds. */
export interface Motion {
  /** [3n] metres, like `places`. */
  readonly to: Float32Array;
  /** [2n] seconds after the batch's epoch. */
  readonly times: Float32Array;
  /** Seconds after the second keyframe when a slot counts as stale: its colour fades to grey and a third of its alpha within two seconds. Infinity: never. */
  readonly staleAfter: number;
  /** Seconds after the second keyframe when a slot is gone: it fades out within two seconds. Absent: never. */
  readonly goneAfter?: number;
}

export interface PointsBatch extends BatchHead {
  readonly kind: 'points';
  /** [3n] metres of the anchor. */
  readonly places: Float32Array;
  /** [4n] sRGB and alpha, 0 … 255; alpha 0 hides. */
  readonly colours: Uint8Array;
  /** Diameter in CSS pixels, one for all or [n]. */
  readonly size: number | Float32Array;
  /** True length in metres: seen from afar a symbol shrinks towards it, from `size` to a third of it. Absent: always `size`. */
  readonly metres?: number;
  /** Symbol: a name from drawing/symbols, one for all. 'dot' is a disc with a dark halo, 'arrow' turns along its motion. */
  readonly symbol: string;
  /** Length in metres of the thin stem below each symbol; 0 for none. */
  readonly stem: number;
  readonly motion: Motion | null;
}

export interface LinesBatch extends BatchHead {
  readonly kind: 'lines';
  /** [3m] metres of the anchor, all lines one after another. */
  readonly places: Float32Array;
  /** [n + 1] first vertex of each line. */
  readonly starts: Uint32Array;
  /** [4n] one colour a line. */
  readonly colours: Uint8Array;
  /** [n] or one for all: width in CSS pixels, or with `metres` the radius of a tube. */
  readonly width: number | Float32Array;
  /** False: flat lines `width` pixels wide. True: tubes whose radius is `width` metres. */
  readonly metres: boolean;
  /** Metres a second at which dashes travel along the lines; 0 for plain lines. */
  readonly flow: number;
  /** Flat lines that lie on something solid, a bridge's deck: pulled towards the eye like lines on the ground, whatever their order. */
  readonly lying?: boolean;
}

export interface PolygonsBatch extends BatchHead {
  readonly kind: 'polygons';
  /** [3m] metres of the anchor, ring after ring, rings closed implicitly (first vertex not repeated). */
  readonly places: Float32Array;
  /** [r + 1] first vertex of each ring. */
  readonly rings: Uint32Array;
  /** [n + 1] first ring of each polygon; its first ring is the outline, the others are holes. */
  readonly starts: Uint32Array;
  /** [4n] one colour a polygon. */
  readonly colours: Uint8Array;
  /** [n] metres to extrude upwards, null for flat. */
  readonly heights: Float32Array | null;
}

export interface LabelsBatch extends BatchHead {
  readonly kind: 'labels';
  /** [3n] metres of the anchor. */
  readonly places: Float32Array;
  readonly texts: readonly string[];
  /** [4n] text colour; the halo is its opposite in lightness. Alpha 0 hides (the declutter's verdict). */
  readonly colours: Uint8Array;
  /** Type size in CSS pixels, one for all. */
  readonly size: number;
  /** CSS pixels right and up from the projected place to the middle of the text. */
  readonly offset: readonly [number, number];
}

export interface MeshBatch extends BatchHead {
  readonly kind: 'mesh';
  /** [3m] metres of the anchor. */
  readonly places: Float32Array;
  readonly indices: Uint32Array;
  /** [4m] a colour a vertex. */
  readonly colours: Uint8Array;
  /** [m] which slot a vertex belongs to, for picks; null when the whole mesh is slot 0. */
  readonly slots: Uint32Array | null;
  /** Shaded by the light (flat normals), or its colours as they are. */
  readonly lit: boolean;
}

/** Triangles of a model: it stands on its origin, looks north (y), up is z. A GLB becomes one by the analysis 'model'. */
export interface InstanceModel {
  /** [3m] metres east, north, up for heading 0. */
  readonly places: Float32Array;
  readonly indices: Uint32Array;
  /** [4m] a colour a vertex, sRGB and alpha. */
  readonly colours: Uint8Array;
}

/** One model at many places, shaded by the light. Models of ten metres lean by 2 cm where they stand 10 km from the anchor: "up" is the anchor's. */
export interface InstancesBatch extends BatchHead {
  readonly kind: 'instances';
  readonly model: InstanceModel;
  /** [3n] metres of the anchor: where each model's origin stands. */
  readonly places: Float32Array;
  /** [n] degrees clockwise from north. What moves without `toHeadings` looks along its way instead, and as given while it stands. */
  readonly headings: Float32Array;
  /** [n] headings at the second keyframe: turned to the shorter way round, at an even pace. Only with motion; keyframes written later do not change them. */
  readonly toHeadings?: Float32Array | null;
  /** [4n] multiplied with the model's colours (white leaves them as they are); alpha 0 hides. */
  readonly colours: Uint8Array;
  /** Size relative to the model's, one for all or [n]. */
  readonly scale: number | Float32Array;
  readonly motion: Motion | null;
  /**
   * For what is driven: [4p] paints, sRGB and alpha. A slot's colour, here and in every record written later, is then `paint number, heading, heading, alpha`: its paint
   * of at most 256, and its headings at both keyframes in 256ths of a turn clockwise from north, taken the shorter way round. `headings` counts for nothing, and
   * a model leans along its way uphill and down. Corners of the model with alpha 254 are lamps: they shine, and no paint colours them. Only with motion.
   */
  readonly paints?: Uint8Array | null;
}

export type Batch = PointsBatch | LinesBatch | PolygonsBatch | LabelsBatch | MeshBatch | InstancesBatch;
export type BatchKind = Batch['kind'];

/** Bytes of one record of a {@link MotionChange}. */
export const MOTION_STRIDE = 40;

/**
 * New keyframes for some slots of a points or instances batch, packed for one upload: little-endian records of 40 bytes
 * `float32 slot; float32 x, y, z, time (from); float32 x, y, z, time (to); uint8 r, g, b, a`.
 * A slot may occur once a change. Slots ≥ the batch's count are an error.
 */
export interface MotionChange {
  readonly kind: 'motion';
  readonly count: number;
  readonly buffer: ArrayBuffer;
}

/** New colours for every slot ([4n]) of points, lines, polygons, labels or instances. */
export interface ColoursChange {
  readonly kind: 'colours';
  readonly colours: Uint8Array;
}

export type Change = MotionChange | ColoursChange;

/** A batch as a backend holds it. Made again from its columns after a lost context, never restored in place. */
export interface Drawn {
  readonly kind: BatchKind;
  write(change: Change): void;
  order: number;
  visible: boolean;
  /** 0 … 1, multiplied with every colour's alpha. */
  opacity: number;
  /** Bytes held on the graphics card (computed, not asked). */
  readonly bytes: number;
  dispose(): void;
}
