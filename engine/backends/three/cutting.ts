import { DataTexture, DoubleSide, FloatType, RGBAFormat, type IUniform, type RawShaderMaterial, type Side } from 'three';
import { UNCUT, type ClipRegion } from '../../drawing/clip.ts';
import { Cut, CUT_SHADER, CUT_UNIFORMS } from '../../drawing/cut.ts';

/** The cut of one subject as its materials wear it. Loaded with the first region. */
export class Cutting {
  readonly cut: Cut;
  readonly #uniforms: Record<string, IUniform>;
  readonly #edges: DataTexture;

  /** @param before whose place it takes: materials keep the uniforms they once got */
  constructor(regions: readonly ClipRegion[], subject: 'tiles' | 'ground', before: Cutting | null) {
    const cut = new Cut(regions, subject);
    this.cut = cut;
    before?.dispose();
    this.#edges = new DataTexture(cut.edges.data as Float32Array<ArrayBuffer>, cut.edges.width, cut.edges.height, RGBAFormat, FloatType);
    this.#edges.needsUpdate = true;
    this.#uniforms = before ? before.#uniforms : {};
    const put = (name: string, value: unknown): void => { (this.#uniforms[name] ??= { value: null }).value = value; };
    put(CUT_UNIFORMS.counts, cut.counts);
    put(CUT_UNIFORMS.edges, this.#edges);
    CUT_UNIFORMS.matrices.forEach((name, i) => put(name, cut.matrices[i]));
  }

  /** Through a cut one sees walls from behind. */
  dress(material: RawShaderMaterial, side: Side): void {
    material.side = this.cut.empty ? side : DoubleSide;
    if (!material.fragmentShader.includes(UNCUT)) return;
    material.fragmentShader = material.fragmentShader.replace(UNCUT, CUT_SHADER);
    Object.assign(material.uniforms, this.#uniforms);
    material.needsUpdate = true;
  }

  dispose(): void {
    this.#edges.dispose();
  }
}
