/** One thing of a model that can be picked: an element of a building, an object of a city model, a part of a machine. */
export interface ModelFeatures {
  readonly count: number;
  /** Unique within the model. */
  readonly id: readonly string[];
  readonly name: readonly string[];
  /** The source's own class, as its standard writes it: `IfcWall`. */
  readonly class: readonly string[];
  /** Type or family; '' where there is none. */
  readonly type: readonly string[];
  readonly material: readonly string[];
  /** Index into the model's storeys; −1 = none. */
  readonly storey: Int32Array;
  /** [count] 1 = part of what is seen from outside (walls, roofs, windows): shown from however far. */
  readonly shell: Uint8Array;
}

export interface ModelStorey {
  readonly id: string;
  readonly name: string;
  /** Metres above the model's own zero. */
  readonly elevation: number;
}

/** Triangles in metres east-ish, north-ish, up of the model's own axes, counted from `origin`. */
export interface ModelMesh {
  /** [3] metres of the model's own axes: what `positions` count from, so that float32 is exact to far below a millimetre. */
  readonly origin: readonly [number, number, number];
  /** [3 × vertices] */
  readonly positions: Float32Array;
  /** [4 × vertices] sRGB and opacity. */
  readonly colours: Uint8Array;
  readonly indices: Uint32Array;
  /** [count + 1] first vertex of each feature; a feature's triangles use its own vertices only. */
  readonly firstVertex: Uint32Array;
  /** [count + 1] first index of each feature. */
  readonly firstIndex: Uint32Array;
  readonly texture?: ModelTexture;
}

/** Pictures on a model's triangles. */
export interface ModelTexture {
  /** [2 × vertices] glTF's way round: (0, 0) is the upper left corner. */
  readonly uv: Float32Array;
  /** [triangles] index into `images` + 1; 0 = none. */
  readonly image: Uint16Array;
  /** Whole PNG, JPEG or WebP files. */
  readonly images: readonly Uint8Array[];
}

/** Where a model says it stands. Lengths in metres of the model's own axes. */
export type Georeference =
  | {
      /** Helmert parameters into a projected system. @source IFC4 IfcMapConversion */
      readonly kind: 'map';
      /** As the file names it: `EPSG:25832`, `CGCS2000 / 3-degree Gauss-Kruger CM 114E`. */
      readonly crs: string;
      /** Metres of the system. */
      readonly east: number;
      readonly north: number;
      readonly height: number;
      /** Direction of the model's x axis in the system: (abscissa, ordinate), not both zero. */
      readonly axis: readonly [number, number];
      /** System metres a model metre. */
      readonly scale: number;
    }
  | {
      readonly kind: 'site';
      /** Degrees. */
      readonly lon: number;
      readonly lat: number;
      readonly height: number;
      /** The place of the model's own axes that lies there. */
      readonly at: readonly [number, number, number];
      /** Degrees clockwise from true north to the model's y axis. */
      readonly heading: number;
    };

/** Property sets of each feature as JSON (`[[set, [[name, value, unit?], …]], …]`), UTF-8 one after another. */
export interface PackedTexts {
  readonly bytes: Uint8Array;
  /** [count + 1] where each begins. */
  readonly starts: Uint32Array;
}

/** A model beside the buildings' table. Formats that bring triangles and things of their own (BIM, city models, glTF) give one each. */
export interface ModelTable {
  readonly kind: 'model';
  /** What it is called: the file's stem. */
  readonly name: string;
  /** Schema or version as the file says: `IFC4`. */
  readonly schema: string;
  /** The level its data can carry. @source CJJ/T 315-2022 */
  readonly cimLevel: string;
  readonly features: ModelFeatures;
  readonly storeys: readonly ModelStorey[];
  readonly mesh: ModelMesh;
  readonly georeference: Georeference | null;
  readonly properties: PackedTexts;
}
