import type { TilesRenderer } from '3d-tiles-renderer/three';
import { RegionProperties, type ExpandedTile } from './subtree-bounds.ts';

interface Plugin {
  parseTile(buffer: ArrayBuffer, tile: object, extension: string): Promise<unknown> | undefined;
}

interface ImplicitTile extends ExpandedTile {
  implicitTiling?: unknown;
  implicitTilingData?: ExpandedTile['implicitTilingData'] & { root: { implicitTiling: { subdivisionScheme: string } } };
}

/** Implicit tiling for one renderer: its code comes when the first tileset that has it does. */
export class ImplicitTiling {
  readonly #regions = new RegionProperties();
  #plugin: Promise<Plugin> | null = null;
  #made: Plugin | null = null;

  /** Looks at a tileset's bytes before the renderer does. */
  async prepare(bytes: ArrayBuffer, tiles: TilesRenderer | null): Promise<void> {
    if (!tiles) return;
    const text = new TextDecoder().decode(bytes);
    if (!text.includes('"implicitTiling"')) return;
    if (text.includes('TILE_BOUNDING_REGION')) this.#regions.learn(JSON.parse(text));
    this.#made = await (this.#plugin ??= import('3d-tiles-renderer/core/plugins').then(({ ImplicitTilingPlugin }) => {
      const plugin = new ImplicitTilingPlugin();
      tiles.registerPlugin(plugin);
      return plugin as unknown as Plugin;
    }));
  }

  /** A subtree that is JSON alone, which the renderer only knows with its binary frame around it, and bounds that stand in a subtree, which it passes over. */
  parseTile(content: unknown, tile: ImplicitTile, extension: string): Promise<unknown> | undefined {
    if (!this.#made) return undefined;
    if (extension === 'json' && tile.implicitTiling) return this.#made.parseTile(framed(content), tile, 'subtree');
    if (extension !== 'subtree' || !(content instanceof ArrayBuffer)) return undefined;
    return this.#made.parseTile(content, tile, extension)?.then(() => this.#regions.apply(content, tile, tile.implicitTilingData?.root.implicitTiling.subdivisionScheme === 'OCTREE' ? 8 : 4));
  }
}

function framed(json: unknown): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const padded = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(24 + padded).fill(0x20, 24);
  out.set(text, 24);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x74627573, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, padded, true);
  return out.buffer;
}
