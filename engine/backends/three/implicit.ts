import type { TilesRenderer } from '3d-tiles-renderer/three';

interface Plugin {
  parseTile(buffer: ArrayBuffer, tile: object, extension: string): Promise<unknown> | undefined;
}

/** Implicit tiling for one renderer: its code comes when the first tileset that has it does. */
export class ImplicitTiling {
  #plugin: Promise<Plugin> | null = null;
  #made: Plugin | null = null;

  /** Looks at a tileset's bytes before the renderer does. */
  async prepare(bytes: ArrayBuffer, tiles: TilesRenderer | null): Promise<void> {
    if (!tiles || (!this.#plugin && !new TextDecoder().decode(bytes).includes('"implicitTiling"'))) return;
    this.#made = await (this.#plugin ??= import('3d-tiles-renderer/core/plugins').then(({ ImplicitTilingPlugin }) => {
      const plugin = new ImplicitTilingPlugin();
      tiles.registerPlugin(plugin);
      return plugin as unknown as Plugin;
    }));
  }

  /** A subtree that is JSON alone, which the renderer only knows with its binary frame around it. */
  parseTile(content: unknown, tile: { implicitTiling?: unknown }, extension: string): Promise<unknown> | undefined {
    if (extension !== 'json' || !tile.implicitTiling || !this.#made) return undefined;
    const text = new TextEncoder().encode(JSON.stringify(content));
    const padded = Math.ceil(text.length / 8) * 8;
    const out = new Uint8Array(24 + padded).fill(0x20, 24);
    out.set(text, 24);
    const view = new DataView(out.buffer);
    view.setUint32(0, 0x74627573, true);
    view.setUint32(4, 1, true);
    view.setUint32(8, padded, true);
    return this.#made.parseTile(out.buffer, tile, 'subtree');
  }
}
