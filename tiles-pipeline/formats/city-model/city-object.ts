/** Red, green, blue (sRGB) and opacity, 0…255. */
export type Rgba = readonly [number, number, number, number];

/** Numbers in turn, a place after the other. Plain lists: typed arrays of this size cost several times as much to make. */
export type Ring = readonly number[];

/** One flat face as its source has it. */
export interface Face {
  /** Outer ring, then holes: x, y, z in turn in the source's own system, without the closing corner. */
  readonly rings: readonly Ring[];
  /** Index into SURFACES. */
  readonly surface: number;
  readonly colour?: Rgba;
  /** The texture as the source names it. */
  readonly image?: string;
  /** u, v in turn for each ring's corners, (0, 0) at the image's lower left corner; present where `image` is. */
  readonly uv?: readonly Ring[];
}

/** The faces of one object at one level of detail. */
export interface Body {
  /** As the source names it: `1`, `2.2`. */
  readonly lod: string;
  readonly faces: Face[];
}

/** A city object of either format, before anything of it is chosen, placed or cut into triangles. */
export interface CityObject {
  readonly id?: string;
  /** Class as CityGML 3.0 and CityJSON name it; what a file names in another way is put right by its reader. */
  readonly type: string;
  readonly properties: Record<string, unknown>;
  /** Bodies of LoD 1 and above, in the file's order. */
  readonly bodies: Body[];
  /** Outlines of LoD 0. */
  readonly outlines: Face[];
  /** x, y, z in turn; road networks of LoD 0. */
  readonly lines: Ring[];
  /** x, y, z; trees that are a point. */
  readonly points: Ring[];
  readonly parts: CityObject[];
  /** What is fixed to it and is no feature of its own: balconies, chimneys, stairs. */
  readonly attached: CityObject[];
}

/** An empty object. */
export function cityObject(type: string, id: string | undefined, properties: Record<string, unknown>): CityObject {
  return { type, id, properties, bodies: [], outlines: [], lines: [], points: [], parts: [], attached: [] };
}

/** The faces of an object at a level of detail, made where there are none yet. */
export function bodyOf(object: CityObject, lod: string): Face[] {
  const found = object.bodies.find((body) => body.lod === lod);
  if (found) return found.faces;
  const faces: Face[] = [];
  object.bodies.push({ lod, faces });
  return faces;
}
