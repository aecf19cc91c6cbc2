import type { Rgba } from './city-object.ts';
import { rgba } from './cityjson-geometry.ts';
import { below, child, parseNumbers, type GmlNode } from './gml-node.ts';

/** Colours and textures by the ids of the geometry they belong to. Of several themes the first that has something for a surface is used. */
export class GmlAppearance {
  readonly #colours = new Map<string, Rgba>();
  readonly #rings = new Map<string, { readonly image: string; readonly uv: Float32Array }>();
  /** Textures laid over the ground by coordinates, or by a matrix: not used. */
  otherKinds = 0;

  constructor(private readonly above?: GmlAppearance) {}

  get empty(): boolean {
    return this.#colours.size === 0 && this.#rings.size === 0 && (this.above?.empty ?? true);
  }

  colour(id: string | undefined): Rgba | undefined {
    return id === undefined ? undefined : (this.#colours.get(id) ?? this.above?.colour(id));
  }

  /** Image of a ring and u, v of its corners, the closing one included. */
  ring(id: string | undefined): { readonly image: string; readonly uv: Float32Array } | undefined {
    return id === undefined ? undefined : (this.#rings.get(id) ?? this.above?.ring(id));
  }

  /** @param appearance an Appearance, or whatever holds surface data */
  add(appearance: GmlNode): void {
    for (const data of below(appearance, ({ name }) => /^(X3DMaterial|ParameterizedTexture|GeoreferencedTexture)$/u.test(name))) {
      if (data.name === 'X3DMaterial') this.#material(data);
      else if (data.name === 'ParameterizedTexture') this.#texture(data);
      else this.otherKinds++;
    }
  }

  #material(data: GmlNode): void {
    if (child(data, 'isFront')?.text.trim() === 'false') return;
    const numbers = parseNumbers(child(data, 'diffuseColor')?.text ?? '');
    // X3D's own default where a material names no colour. @source ISO/IEC 19775-1, 12.4.4
    const colour = rgba(numbers && numbers.length >= 3 ? numbers : [0.8, 0.8, 0.8], Number(child(data, 'transparency')?.text.trim() || 0));
    if (!colour) return;
    for (const target of below(data, ({ name, children }) => name === 'target' && children.length === 0)) {
      const id = local(target.text || target.attributes?.href || target.attributes?.uri);
      if (id && !this.#colours.has(id)) this.#colours.set(id, colour);
    }
  }

  #texture(data: GmlNode): void {
    const image = child(data, 'imageURI')?.text.trim() ?? '';
    if (below(data, ({ name }) => name === 'TexCoordGen').length > 0) this.otherKinds++;
    for (const list of below(data, ({ name }) => name === 'TexCoordList')) {
      const rings = list.children.filter(({ name }) => name === 'ring');
      for (const [index, coordinates] of list.children.filter(({ name }) => name === 'textureCoordinates').entries()) {
        const id = local(coordinates.attributes?.ring ?? rings[index]?.text);
        const uv = parseNumbers(coordinates.text);
        if (id && uv && uv.length >= 6 && !this.#rings.has(id)) this.#rings.set(id, { image, uv: Float32Array.from(uv) });
      }
    }
  }
}

function local(reference: string | undefined): string {
  return (reference ?? '').trim().replace(/^#/u, '');
}
