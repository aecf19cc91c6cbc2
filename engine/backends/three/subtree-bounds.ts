/** A tile as the renderer's plugin makes it from a subtree. */
export interface ExpandedTile {
  boundingVolume?: { region?: number[]; box?: number[]; sphere?: number[] };
  children?: ExpandedTile[];
  content?: { uri?: string };
  readonly implicitTilingData?: { readonly level: number; readonly x: number; readonly y: number; readonly z: number };
}

interface Schema {
  readonly classes?: Readonly<Record<string, { readonly properties?: Readonly<Record<string, { readonly semantic?: string; readonly componentType?: string; readonly count?: number }>> }>>;
}

interface SubtreeJson {
  readonly tileAvailability?: { readonly bitstream?: number; readonly constant?: number };
  readonly tileMetadata?: number;
  readonly propertyTables?: readonly { readonly class: string; readonly count: number; readonly properties?: Readonly<Record<string, { readonly values: number }>> }[];
  readonly buffers?: readonly { readonly uri?: string }[];
  readonly bufferViews?: readonly { readonly buffer: number; readonly byteOffset?: number; readonly byteLength: number }[];
}

const NUMBERS = 6;

/** The property of each class that says a tile's region, from the schemas of the tilesets so far. */
export class RegionProperties {
  readonly #of = new Map<string, string>();

  learn(tileset: unknown): void {
    const { schema } = (tileset ?? {}) as { schema?: Schema };
    for (const [name, { properties = {} }] of Object.entries(schema?.classes ?? {}))
      for (const [property, { semantic, componentType, count }] of Object.entries(properties)) if (semantic === 'TILE_BOUNDING_REGION' && componentType === 'FLOAT64' && count === NUMBERS) this.#of.set(name, property);
  }

  /**
   * The renderer bounds implicit tiles by their cells alone. What a subtree says of them goes before that, and may be more than the cell.
   * @param root the tile whose subtree this is, expanded already
   * @source OGC 22-025r4, 11.3.3 (Tile semantics)
   */
  apply(subtree: ArrayBuffer, root: ExpandedTile, branches: 4 | 8): void {
    const regions = this.#regions(subtree);
    const [first] = root.children ?? [];
    if (!regions || !first) return;
    // Rows of one level after another; a tile's place in its level is its Morton index.
    let row = new Map<number, ExpandedTile>([[0, first]]);
    for (let before = 0, width = 1; row.size > 0; before += width, width *= branches) {
      const next = new Map<number, ExpandedTile>();
      for (const [morton, tile] of row) {
        const region = regions.get(before + morton);
        if (region) tile.boundingVolume = { region };
        for (const child of tile.children ?? []) if (!child.content?.uri?.endsWith('.subtree')) next.set(morton * branches + quarterOf(child, branches), child);
      }
      row = next;
    }
  }

  #regions(subtree: ArrayBuffer): Map<number, number[]> | null {
    const view = new DataView(subtree);
    const start = 24 + view.getUint32(8, true);
    const json = JSON.parse(new TextDecoder().decode(new Uint8Array(subtree, 24, start - 24))) as SubtreeJson;
    const table = json.propertyTables?.[json.tileMetadata ?? -1];
    const property = table?.properties?.[this.#of.get(table.class) ?? ''];
    const bytesOf = (index: number | undefined): DataView | null => {
      const of = index === undefined ? undefined : json.bufferViews?.[index];
      if (!of || json.buffers?.[of.buffer]?.uri !== undefined || start + (of.byteOffset ?? 0) + of.byteLength > subtree.byteLength) return null;
      return new DataView(subtree, start + (of.byteOffset ?? 0), of.byteLength);
    };
    const values = bytesOf(property?.values);
    const bits = bytesOf(json.tileAvailability?.bitstream);
    if (!values || !table || (!bits && json.tileAvailability?.constant !== 1)) return null;
    const regions = new Map<number, number[]>();
    const most = bits ? bits.byteLength * 8 : table.count;
    for (let at = 0, tile = 0; at < most && (tile + 1) * NUMBERS * 8 <= values.byteLength; at++) {
      if (bits && ((bits.getUint8(at >> 3) >> (at & 7)) & 1) === 0) continue;
      const region = Array.from({ length: NUMBERS }, (_, k) => values.getFloat64((tile * NUMBERS + k) * 8, true));
      if (region.every(Number.isFinite)) regions.set(at, region);
      tile++;
    }
    return regions;
  }
}

function quarterOf({ implicitTilingData: data }: ExpandedTile, branches: number): number {
  return data ? (data.x & 1) + 2 * (data.y & 1) + (branches === 8 ? 4 * (data.z & 1) : 0) : 0;
}
