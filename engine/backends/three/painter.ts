import {
  BufferAttribute, BufferGeometry, CustomBlending, DataTexture, DoubleSide, FloatType, GLSL3, InstancedBufferAttribute, InstancedBufferGeometry, LinearFilter, Mesh,
  NearestFilter, OneFactor, OneMinusSrcAlphaFactor, Points, RawShaderMaterial, RedFormat, RGBAFormat, Sphere, SrcAlphaFactor, UnsignedByteType, Vector3,
  type IUniform, type Scene, type WebGLRenderer,
} from 'three';
import { anchorMatrix, multiply, type Matrix } from '#geo';
import type { Batch, Change, Drawn } from '../../drawing/batch.ts';
import type { Recipe, RecipeAttribute, RecipeTexture } from '../../drawing/recipe.ts';
import { recipeBytes, recipeOf, recipeTime, writingOf } from '../../drawing/recipes/index.ts';
import { UNCUT } from '../../drawing/clip.ts';
import type { CityCamera } from './camera.ts';
import type { Clip } from './clip.ts';
import { Scatter, type ScatterTarget } from './scatter.ts';
import type { SharedUniforms } from './shared-uniforms.ts';

/** More than any order. */
const BEFORE_GROUND = 1000;
const HEAD = 'precision highp float;\nprecision highp int;\n';

function attributeOf({ data, size, normalized, instanced }: RecipeAttribute): BufferAttribute {
  return instanced ? new InstancedBufferAttribute(data, size, normalized) : new BufferAttribute(data, size, normalized);
}

function textureOf({ width, height, format, data, linear }: RecipeTexture): DataTexture {
  const texel = { rgba8: 4, rgba32f: 4, r8: 1 }[format];
  const pixels = data ?? (format === 'rgba32f' ? new Float32Array(width * height * texel) : new Uint8Array(width * height * texel));
  const texture = new DataTexture(pixels as Uint8Array<ArrayBuffer>, width, height, format === 'r8' ? RedFormat : RGBAFormat, format === 'rgba32f' ? FloatType : UnsignedByteType);
  texture.minFilter = texture.magFilter = linear ? LinearFilter : NearestFilter;
  texture.unpackAlignment = 1;
  texture.needsUpdate = true;
  return texture;
}

function geometryOf(recipe: Recipe): BufferGeometry {
  const geometry = recipe.instances === null ? new BufferGeometry() : new InstancedBufferGeometry();
  for (const [name, attribute] of Object.entries(recipe.attributes)) geometry.setAttribute(name, attributeOf(attribute));
  if (recipe.index) geometry.setIndex(new BufferAttribute(recipe.index, 1));
  geometry.setDrawRange(0, recipe.count);
  if (geometry instanceof InstancedBufferGeometry) geometry.instanceCount = recipe.instances!;
  geometry.boundingSphere = new Sphere(new Vector3(...recipe.sphere.centre), Math.max(recipe.sphere.radius, 1));
  return geometry;
}

/** One batch on the screen. */
class Painting implements Drawn {
  readonly kind: Batch['kind'];
  readonly bytes: number;
  readonly object: Mesh | Points;
  /** Looks different at another moment. */
  readonly moves: boolean;
  readonly #painter: Painter;
  readonly #recipe: Recipe;
  readonly #epoch: number;
  readonly #textures: Record<string, DataTexture> = {};
  readonly #target: ScatterTarget | null;
  readonly #uniforms: Record<string, IUniform>;
  #order: number;

  constructor(painter: Painter, batch: Batch) {
    const recipe = recipeOf(batch);
    this.kind = batch.kind;
    this.bytes = recipeBytes(recipe);
    this.moves = recipe.scatter !== null || (batch.kind === 'lines' && batch.flow !== 0);
    this.#painter = painter;
    this.#recipe = recipe;
    this.#epoch = batch.epoch;
    const { shared } = painter;
    this.#uniforms = {
      u_viewport: shared.viewport, u_pixelRatio: shared.pixelRatio, u_sun: shared.sunEye, u_key: shared.key4, u_fill: shared.fill4,
      u_projection: { value: painter.camera.projectionMatrix }, u_time: { value: 0 }, u_opacity: { value: 1 },
    };
    for (const [name, value] of Object.entries(recipe.uniforms)) this.#uniforms[name] = { value };
    for (const [name, texture] of Object.entries(recipe.textures)) this.#uniforms[name] = { value: (this.#textures[name] = textureOf(texture)) };
    this.#target = recipe.scatter && { from: this.#textures[recipe.scatter.from], to: this.#textures[recipe.scatter.to], colour: this.#textures[recipe.scatter.colour] };
    const material = new RawShaderMaterial({
      glslVersion: GLSL3, uniforms: this.#uniforms, vertexShader: HEAD + recipe.vertex, fragmentShader: `${HEAD}layout(location = 0) out highp vec4 out_FragColor;\n${recipe.fragment}`,
      transparent: true, depthTest: recipe.depthTest, depthWrite: recipe.depthWrite, side: DoubleSide, forceSinglePass: true,
      blending: CustomBlending, blendSrc: SrcAlphaFactor, blendDst: OneMinusSrcAlphaFactor, blendSrcAlpha: OneFactor, blendDstAlpha: OneMinusSrcAlphaFactor,
    });
    if (recipe.fragment.includes(UNCUT)) painter.clip.ground.wear(material);
    this.object = recipe.mode === 'points' ? new Points(geometryOf(recipe), material) : new Mesh(geometryOf(recipe), material);
    this.object.matrixAutoUpdate = this.object.matrixWorldAutoUpdate = false;
    this.object.matrixWorld.fromArray(multiply(painter.worldFromEcef, anchorMatrix(batch.anchor)));
    this.#order = batch.order;
    this.stand();
    this.object.raycast = () => {};
    // Uniforms are sent after three has set this matrix, in doubles, for the object: no float ever holds earth-centred metres.
    this.#uniforms.u_modelView = { value: this.object.modelViewMatrix };
  }

  at(time: number): void {
    this.#uniforms.u_time.value = recipeTime(this.#recipe, this.#epoch, time);
  }

  write(change: Change): void {
    const writing = writingOf(this.#recipe, change);
    if (writing.kind === 'scatter') this.#painter.scatter.write(this.#target!, { kind: 'motion', count: writing.count, buffer: writing.buffer });
    else {
      const texture = this.#textures[writing.texture];
      texture.image.data = writing.data as Uint8Array<ArrayBuffer>;
      texture.needsUpdate = true;
    }
    this.#painter.changed();
  }

  get order(): number { return this.#order; }
  set order(order: number) {
    this.#order = order;
    this.stand();
    this.#painter.changed();
  }

  /** What is solid is painted before a see-through ground, which is then laid over what of it is below. */
  stand(): void {
    this.object.renderOrder = this.#painter.glassGround && this.#recipe.depthWrite ? this.#order - BEFORE_GROUND : this.#order;
  }

  get visible(): boolean { return this.object.visible; }
  set visible(visible: boolean) { this.object.visible = visible; this.#painter.changed(); }
  get opacity(): number { return this.#uniforms.u_opacity.value as number; }
  set opacity(opacity: number) { this.#uniforms.u_opacity.value = opacity; this.#painter.changed(); }

  dispose(): void {
    this.#painter.remove(this);
    if (this.#target) this.#painter.scatter.forget(this.#target);
    this.object.geometry.dispose();
    (this.object.material as RawShaderMaterial).dispose();
    for (const texture of Object.values(this.#textures)) texture.dispose();
  }
}

/** Puts batches into a three.js scene: knows buffers, textures and passes, and no kind of batch. */
export class Painter {
  readonly scatter: Scatter;
  readonly camera: CityCamera;
  readonly shared: SharedUniforms;
  readonly clip: Clip;
  readonly worldFromEcef: Matrix;
  readonly changed: () => void;
  readonly #scene: Scene;
  readonly #paintings = new Set<Painting>();
  #glassGround = false;

  constructor(options: { renderer: WebGLRenderer; scene: Scene; camera: CityCamera; shared: SharedUniforms; clip: Clip; worldFromEcef: Matrix; changed: () => void }) {
    this.scatter = new Scatter(options.renderer);
    this.camera = options.camera;
    this.shared = options.shared;
    this.clip = options.clip;
    this.worldFromEcef = options.worldFromEcef;
    this.changed = options.changed;
    this.#scene = options.scene;
  }

  draw(batch: Batch): Drawn {
    const painting = new Painting(this, batch);
    this.#paintings.add(painting);
    this.#scene.add(painting.object);
    this.changed();
    return painting;
  }

  remove(painting: Painting): void {
    this.#paintings.delete(painting);
    this.#scene.remove(painting.object);
    this.changed();
  }

  get glassGround(): boolean { return this.#glassGround; }
  set glassGround(glass: boolean) {
    if (glass === this.#glassGround) return;
    this.#glassGround = glass;
    for (const painting of this.#paintings) painting.stand();
  }

  /** Whether something visible looks different at another moment. */
  get moves(): boolean {
    for (const painting of this.#paintings) if (painting.moves && painting.visible) return true;
    return false;
  }

  /** Brings every batch to a moment: what was written since the last frame, then the clock. */
  at(time: number): void {
    this.scatter.flush();
    for (const painting of this.#paintings) if (painting.visible) painting.at(time);
  }

  get bytes(): number {
    let bytes = 0;
    for (const painting of this.#paintings) bytes += painting.bytes;
    return bytes;
  }

  dispose(): void {
    for (const painting of this.#paintings) painting.dispose();
    this.scatter.dispose();
  }
}
