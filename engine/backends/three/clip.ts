import type { RawShaderMaterial, Side } from 'three';
import { invertRigid, transform, viewMatrix, type Matrix, type Pose } from '#geo';
import type { ClipRegion } from '../../drawing/clip.ts';
import type { Cut } from '../../drawing/cut.ts';
import type { Cutting } from './cutting.ts';

/** One subject's materials. They are made uncut and put on the cut's shader when the first cut comes. */
class Subject {
  cutting: Cutting | null = null;
  readonly #worn = new Map<RawShaderMaterial, Side>();

  /** What is cut now. */
  get cut(): Cut | null { return this.cutting && !this.cutting.cut.empty ? this.cutting.cut : null; }

  /** Lets a material whose fragment shader holds UNCUT be cut, for as long as it lives. */
  wear(material: RawShaderMaterial): void {
    this.#worn.set(material, material.side);
    material.addEventListener('dispose', () => this.#worn.delete(material));
    this.cutting?.dress(material, material.side);
  }

  put(cutting: Cutting): void {
    if (!this.cutting && cutting.cut.empty) return cutting.dispose();
    this.cutting = cutting;
    for (const [material, side] of this.#worn) cutting.dress(material, side);
  }
}

/** What is cut away of tiles and ground. All but this file comes with the first region. */
export class Clip {
  readonly tiles = new Subject();
  readonly ground = new Subject();
  readonly #ecefFromWorld: Matrix;
  readonly #changed: () => void;
  #asked = 0;

  constructor(worldFromEcef: Matrix, changed: () => void) {
    this.#ecefFromWorld = invertRigid(worldFromEcef);
    this.#changed = changed;
  }

  async set(regions: readonly ClipRegion[]): Promise<void> {
    const asked = ++this.#asked;
    const { Cutting } = await import('./cutting.ts');
    if (asked !== this.#asked) return;
    for (const subject of ['tiles', 'ground'] as const) this[subject].put(new Cutting(regions, subject, this[subject].cutting));
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
    this.tiles.cutting?.dispose();
    this.ground.cutting?.dispose();
  }
}
