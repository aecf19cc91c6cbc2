import { Cartesian4, Matrix4, PixelDatatype, PixelFormat, Sampler, Texture, TextureMagnificationFilter, TextureMinificationFilter, TextureWrap, type Context, type FrameState, type UniformMap } from '@cesium/engine';
import { UNCUT, type ClipRegion } from '../../drawing/clip.ts';
import { Cut, CUT_SHADER, CUT_UNIFORMS } from '../../drawing/cut.ts';

function edgesTexture(context: Context, { edges: { width, height, data } }: Cut): Texture {
  return new Texture({
    context, width, height, pixelFormat: PixelFormat.RGBA, pixelDatatype: PixelDatatype.FLOAT, flipY: false, source: { width, height, arrayBufferView: data },
    sampler: new Sampler({ wrapS: TextureWrap.CLAMP_TO_EDGE, wrapT: TextureWrap.CLAMP_TO_EDGE, minificationFilter: TextureMinificationFilter.NEAREST, magnificationFilter: TextureMagnificationFilter.NEAREST }),
  });
}

/** One subject's cut: what stands in its shaders for UNCUT, and what these ask for. */
export class Cutting {
  cut: Cut | null = null;
  /** Goes with every shader that is dressed; read when something is drawn, so that picks, which have an eye of their own, see with it. */
  readonly uniformMap: UniformMap;
  private readonly counts = new Cartesian4();
  private readonly matrices = CUT_UNIFORMS.matrices.map(() => new Matrix4());
  private edges: Texture | null = null;
  private eye: Float64Array | null = null;

  constructor(private readonly context: Context) {
    this.uniformMap = { [CUT_UNIFORMS.counts]: () => this.counts, [CUT_UNIFORMS.edges]: () => this.edges };
    CUT_UNIFORMS.matrices.forEach((name, i) => { this.uniformMap[name] = () => this.matrices[i]; });
  }

  set(cut: Cut): void {
    this.dispose();
    this.cut = cut.empty ? null : cut;
    this.edges = this.cut && edgesTexture(this.context, cut);
    Cartesian4.fromElements(...cut.counts, this.counts);
    if (this.eye) this.see(this.eye);
  }

  /** A fragment shader's text as things are now. */
  dressed(fragment: string): string {
    return this.cut ? fragment.replace(UNCUT, CUT_SHADER) : fragment;
  }

  see(eyeToEcef: Float64Array): void {
    this.eye = eyeToEcef;
    if (!this.cut) return;
    this.cut.see(eyeToEcef);
    this.cut.matrices.forEach((matrix, i) => Matrix4.unpack([...matrix], 0, this.matrices[i]));
  }

  dispose(): void {
    this.edges?.destroy();
    this.edges = null;
  }
}

/**
 * What is cut away of tiles and ground. A primitive, first in the scene: Cesium calls it in every pass, picks included, before anything is drawn.
 * Cesium's own clipping planes and polygons are left alone: once set they cannot be taken away without ending the scene.
 */
export class Clip {
  readonly tiles: Cutting;
  readonly ground: Cutting;
  private destroyed = false;

  constructor(context: Context) {
    this.tiles = new Cutting(context);
    this.ground = new Cutting(context);
  }

  set(regions: readonly ClipRegion[]): void {
    this.tiles.set(new Cut(regions, 'tiles'));
    this.ground.set(new Cut(regions, 'ground'));
  }

  update({ camera }: FrameState): void {
    if (!this.tiles.cut && !this.ground.cut) return;
    const eyeToEcef = Float64Array.from(Matrix4.toArray(camera.inverseViewMatrix));
    this.tiles.see(eyeToEcef);
    this.ground.see(eyeToEcef);
  }

  isDestroyed(): boolean { return this.destroyed; }

  destroy(): undefined {
    this.tiles.dispose();
    this.ground.dispose();
    this.destroyed = true;
    return undefined;
  }
}
