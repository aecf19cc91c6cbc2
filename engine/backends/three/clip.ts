import { DataTexture, DoubleSide, FloatType, RGBAFormat, type IUniform, type RawShaderMaterial, type Side } from 'three';
import { invertRigid, transform, viewMatrix, type Matrix, type Pose } from '#geo';
import { UNCUT, type ClipRegion } from '../../drawing/clip.ts';
import type { Cut } from '../../drawing/cut.ts';

type CutCode = typeof import('../../drawing/cut.ts');

/** One subject's materials and its cut. Materials are made uncut and put on the cut's shader when the first cut comes. */
class Cutting {
  cut: Cut | null = null;
  readonly #worn = new Map<RawShaderMaterial, Side>();
  readonly #uniforms: Record<string, IUniform> = {};
  #edges: DataTexture | null = null;
  #code: CutCode | null = null;

  /** Lets a material whose fragment shader holds UNCUT be cut, for as long as it lives. */
  wear(material: RawShaderMaterial): void {
    this.#worn.set(material, material.side);
    material.addEventListener('dispose', () => this.#worn.delete(material));
    if (this.#code) this.#dress(material, material.side);
  }

  set(code: CutCode, cut: Cut): void {
    const first = this.#code === null;
    if (first && cut.empty) return;
    this.#code = code;
    this.cut = cut.empty ? null : cut;
    this.#edges?.dispose();
    this.#edges = new DataTexture(cut.edges.data as Float32Array<ArrayBuffer>, cut.edges.width, cut.edges.height, RGBAFormat, FloatType);
    this.#edges.needsUpdate = true;
    const put = (name: string, value: unknown): void => { (this.#uniforms[name] ??= { value: null }).value = value; };
    put(code.CUT_UNIFORMS.counts, cut.counts);
    put(code.CUT_UNIFORMS.edges, this.#edges);
    code.CUT_UNIFORMS.matrices.forEach((name, i) => put(name, cut.matrices[i]));
    for (const [material, side] of this.#worn) this.#dress(material, side);
  }

  /** Through a cut one sees walls from behind. */
  #dress(material: RawShaderMaterial, side: Side): void {
    material.side = this.cut ? DoubleSide : side;
    if (!material.fragmentShader.includes(UNCUT)) return;
    material.fragmentShader = material.fragmentShader.replace(UNCUT, this.#code!.CUT_SHADER);
    Object.assign(material.uniforms, this.#uniforms);
    material.needsUpdate = true;
  }

  dispose(): void {
    this.#edges?.dispose();
  }
}

/** What is cut away of tiles and ground. Its code comes with the first region. */
export class Clip {
  readonly tiles = new Cutting();
  readonly ground = new Cutting();
  readonly #ecefFromWorld: Matrix;
  readonly #changed: () => void;
  #asked = 0;

  constructor(worldFromEcef: Matrix, changed: () => void) {
    this.#ecefFromWorld = invertRigid(worldFromEcef);
    this.#changed = changed;
  }

  async set(regions: readonly ClipRegion[]): Promise<void> {
    const asked = ++this.#asked;
    const code = await import('../../drawing/cut.ts');
    if (asked !== this.#asked) return;
    this.tiles.set(code, new code.Cut(regions, 'tiles'));
    this.ground.set(code, new code.Cut(regions, 'ground'));
    this.#changed();
  }

  /** Before a frame: takes the eye's place. */
  follow(pose: Pose): void {
    if (!this.tiles.cut && !this.ground.cut) return;
    const eyeToEcef = invertRigid(viewMatrix(pose));
    this.tiles.cut?.see(eyeToEcef);
    this.ground.cut?.see(eyeToEcef);
  }

  /** Whether a place of the scene (metres of the twin's anchor) is taken away. */
  cuts(subject: 'tiles' | 'ground', { x, y, z }: { readonly x: number; readonly y: number; readonly z: number }): boolean {
    const { cut } = this[subject];
    if (!cut) return false;
    const at = transform(this.#ecefFromWorld, x, y, z, new Float64Array(3));
    return cut.cuts(at[0], at[1], at[2]);
  }

  dispose(): void {
    this.#asked++;
    this.tiles.dispose();
    this.ground.dispose();
  }
}
