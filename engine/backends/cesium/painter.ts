import {
  BlendingState, BoundingSphere, Buffer, BufferUsage, Cartesian2, Cartesian3, Cartesian4, ComponentDatatype, CullFace, DepthFunction, DrawCommand, IndexDatatype, Matrix4, Pass, PixelDatatype,
  PixelFormat, PrimitiveType, RenderState, Sampler, ShaderProgram, ShaderSource, Texture, TextureMagnificationFilter, TextureMinificationFilter, TextureWrap, VertexArray,
  type Context, type FrameState, type UniformMap, type VertexAttribute,
} from '@cesium/engine';
import { anchorMatrix } from '#geo';
import { ORDER, type Batch, type Change, type Drawn } from '../../drawing/batch.ts';
import type { Recipe, RecipeAttribute, RecipeTexture } from '../../drawing/recipe.ts';
import { recipeBytes, recipeOf, recipeTime, writingOf } from '../../drawing/recipes/index.ts';
import { TwinError } from '../../errors.ts';
import type { Cutting } from './clip.ts';
import { makeScatter, type Scatter } from './scatter.ts';

/** What every recipe's uniforms are filled from; one object a backend, written before each frame. */
export interface FrameValues {
  /** Unix seconds. */
  time: number;
  pixelRatio: number;
  /** Direction to the sun, earth-centred. */
  readonly sun: Cartesian3;
  readonly key: Cartesian4;
  readonly fill: Cartesian4;
}

const HIGH = 'precision highp sampler2D;\n';

function typeOf(data: RecipeAttribute['data']): number {
  if (data instanceof Float32Array) return ComponentDatatype.FLOAT;
  if (data instanceof Uint8Array) return ComponentDatatype.UNSIGNED_BYTE;
  return data instanceof Uint16Array ? ComponentDatatype.UNSIGNED_SHORT : ComponentDatatype.UNSIGNED_INT;
}

function highest(index: Uint16Array | Uint32Array): number {
  let most = 0;
  for (const i of index) if (i > most) most = i;
  return most;
}

/** Vertex buffers in an order that leaves an attribute that is not instanced at place 0, as Cesium wants it; a small one is made up where there is none. */
function makeVertices(context: Context, recipe: Recipe): { array: VertexArray; locations: Record<string, number> } {
  const named = Object.entries(recipe.attributes).toSorted(([, a], [, b]) => Number(a.instanced ?? false) - Number(b.instanced ?? false));
  const vertices = recipe.index ? highest(recipe.index) + 1 : recipe.count;
  if (named[0]?.[1].instanced ?? true) named.unshift(['a_unused', { data: new Uint8Array(vertices * 4), size: 1 }]);
  const attributes = named.map(([, { data, size, normalized, instanced }], index): VertexAttribute => ({
    index, vertexBuffer: Buffer.createVertexBuffer({ context, typedArray: data, usage: BufferUsage.STATIC_DRAW }),
    componentsPerAttribute: size, componentDatatype: typeOf(data), normalize: normalized ?? false, instanceDivisor: instanced ? 1 : 0,
  }));
  const indexBuffer = recipe.index
    ? Buffer.createIndexBuffer({ context, typedArray: recipe.index, usage: BufferUsage.STATIC_DRAW, indexDatatype: recipe.index instanceof Uint16Array ? IndexDatatype.UNSIGNED_SHORT : IndexDatatype.UNSIGNED_INT })
    : undefined;
  return { array: new VertexArray({ context, attributes, indexBuffer }), locations: Object.fromEntries(named.map(([name], index) => [name, index])) };
}

function makeTexture(context: Context, { width, height, format, data, linear }: RecipeTexture): Texture {
  const filter = linear ? TextureMagnificationFilter.LINEAR : TextureMagnificationFilter.NEAREST;
  return new Texture({
    context, width, height,
    pixelFormat: format === 'r8' ? PixelFormat.RED : PixelFormat.RGBA,
    pixelDatatype: format === 'rgba32f' ? PixelDatatype.FLOAT : PixelDatatype.UNSIGNED_BYTE,
    flipY: false,
    sampler: new Sampler({
      wrapS: TextureWrap.CLAMP_TO_EDGE, wrapT: TextureWrap.CLAMP_TO_EDGE,
      minificationFilter: linear ? TextureMinificationFilter.LINEAR : TextureMinificationFilter.NEAREST, magnificationFilter: filter,
    }),
    source: data ? { width, height, arrayBufferView: data } : undefined,
  });
}

function makeState(recipe: Recipe): RenderState {
  return RenderState.fromCache({
    depthTest: { enabled: recipe.depthTest, func: DepthFunction.LESS_OR_EQUAL },
    depthMask: recipe.depthWrite,
    blending: recipe.blend ? BlendingState.ALPHA_BLEND : BlendingState.DISABLED,
    cull: { enabled: false, face: CullFace.BACK },
  });
}

/** A number of the recipe in the form Cesium's uniforms take. */
function uniformValue(value: number | readonly number[]): unknown {
  if (typeof value === 'number') return value;
  const [x, y, z, w] = value;
  if (value.length === 1) return x;
  return value.length === 2 ? new Cartesian2(x, y) : value.length === 3 ? new Cartesian3(x, y, z) : new Cartesian4(x, y, z, w);
}

const MODES = { triangles: PrimitiveType.TRIANGLES, lines: PrimitiveType.LINES, points: PrimitiveType.POINTS } as const;

/** One batch on the graphics card. */
class Painting implements Drawn {
  readonly kind: Batch['kind'];
  readonly command: DrawCommand;
  readonly moving: boolean;
  visible = true;
  opacity = 1;
  private rank: number;
  private readonly frame: Matrix4;
  private readonly modelView = new Matrix4();
  private readonly sunEye = new Cartesian3();
  private readonly textures: Record<string, Texture>;
  private program: ShaderProgram;
  private readonly locations: Record<string, number>;
  private readonly array: VertexArray;
  private readonly fixedBytes: number;
  /** The recipe without its columns, which are on the card and need not be kept. */
  private readonly recipe: Recipe;
  private readonly epoch: number;
  private scatter: Scatter | null = null;
  private disposed = false;

  constructor(batch: Batch, private readonly painter: Painter) {
    const recipe = recipeOf(batch);
    const { context } = painter;
    this.kind = batch.kind;
    this.rank = batch.order;
    this.epoch = batch.epoch;
    this.frame = Matrix4.fromArray([...anchorMatrix(recipe.anchor)]);
    this.moving = recipe.scatter !== null || 'u_flow' in recipe.uniforms;
    this.fixedBytes = recipeBytes(recipe);
    const { array, locations } = makeVertices(context, recipe);
    this.array = array;
    this.textures = Object.fromEntries(Object.entries(recipe.textures).map(([name, texture]) => [name, makeTexture(context, texture)]));
    this.locations = locations;
    this.program = this.makeProgram(recipe);
    const sphere = new BoundingSphere(Matrix4.multiplyByPoint(this.frame, new Cartesian3(...recipe.sphere.centre), new Cartesian3()), recipe.sphere.radius);
    // What Cesium sorts its translucent pass by, far to near: the order, not the distance.
    sphere.distanceSquaredTo = () => -this.rank;
    this.command = new DrawCommand({
      primitiveType: MODES[recipe.mode], vertexArray: array, shaderProgram: this.program, renderState: makeState(recipe), uniformMap: this.uniforms(recipe),
      count: recipe.count, instanceCount: recipe.instances ?? 0, pass: Pass.OPAQUE, boundingVolume: sphere, owner: painter,
    });
    this.recipe = slim(recipe);
  }

  private makeProgram(recipe: Recipe): ShaderProgram {
    return ShaderProgram.fromCache({
      context: this.painter.context,
      vertexShaderSource: new ShaderSource({ sources: [HIGH + recipe.vertex] }),
      fragmentShaderSource: new ShaderSource({ sources: [HIGH + this.painter.cut.dressed(recipe.fragment)] }),
      attributeLocations: this.locations,
    });
  }

  /** Puts on the ground's cut as it is now. */
  recut(): void {
    const old = this.program;
    this.command.shaderProgram = this.program = this.makeProgram(this.recipe);
    old.destroy();
  }

  private uniforms(recipe: Recipe): UniformMap {
    const { values, viewport, context } = this.painter;
    const map: UniformMap = {
      ...this.painter.cut.uniformMap,
      u_modelView: () => this.modelView,
      u_projection: () => context.uniformState.projection,
      u_viewport: () => viewport,
      u_pixelRatio: () => values.pixelRatio,
      u_time: () => recipeTime(this.recipe, this.epoch, values.time),
      u_opacity: () => this.opacity,
      u_sun: () => this.sunEye,
      u_key: () => values.key,
      u_fill: () => values.fill,
    };
    for (const [name, value] of Object.entries(recipe.uniforms)) {
      const fixed = uniformValue(value);
      map[name] = () => fixed;
    }
    for (const name of Object.keys(recipe.textures)) map[name] = () => this.textures[name];
    return map;
  }

  /** Multiplies in doubles; only the product, small numbers again, becomes float32. */
  prepare(view: Matrix4): void {
    Matrix4.multiplyTransformation(view, this.frame, this.modelView);
    Matrix4.multiplyByPointAsVector(view, this.painter.values.sun, this.sunEye);
  }

  /** Nothing to draw: an instanced draw of no instances would draw one. */
  get empty(): boolean { return this.recipe.count === 0 || this.recipe.instances === 0; }

  /** Hides what is behind it. */
  get solid(): boolean { return this.recipe.depthWrite; }

  get order(): number { return this.rank; }
  set order(value: number) {
    this.rank = value;
    this.painter.sort();
  }

  get bytes(): number { return this.disposed ? 0 : this.fixedBytes + (this.scatter?.bytes ?? 0); }

  write(change: Change): void {
    if (this.disposed) throw new TwinError('bad-input', 'A change was written to a batch that is disposed');
    const writing = writingOf(this.recipe, change);
    if (writing.kind === 'texture') {
      const texture = this.textures[writing.texture];
      texture.copyFrom({ source: { width: texture.width, height: texture.height, arrayBufferView: writing.data } });
    } else {
      const { from, to, colour } = this.recipe.scatter!;
      this.scatter ??= makeScatter(this.painter.context, this.textures[from], this.textures[to], this.textures[colour]);
      this.scatter.write(writing.count, writing.buffer);
    }
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.painter.remove(this);
    this.scatter?.dispose();
    this.array.destroy();
    this.program.destroy();
    for (const texture of Object.values(this.textures)) texture.destroy();
  }
}

/** A recipe as later changes need it: shapes and names, no data. */
function slim(recipe: Recipe): Recipe {
  const textures = Object.fromEntries(Object.entries(recipe.textures).map(([name, texture]) => [name, { ...texture, data: null }]));
  return { ...recipe, attributes: {}, index: null, textures };
}

/**
 * A Cesium primitive that draws all batches, lowest order first, within one pass: Cesium draws a pass's commands in the order given, and its own
 * pass for translucent things, which sorts by distance, is left alone.
 */
export class Painter {
  readonly viewport = new Cartesian2(1, 1);
  /** Translucent tiles stand in the scene: Cesium draws them after its opaque pass, so what belongs over them must come later still. */
  glass = false;
  /** The ground is see-through: Cesium lays it over its opaque pass, where then only what is solid is painted, and all that lies on the ground comes later. */
  glassGround = false;
  private readonly paintings: Painting[] = [];
  private sorted = true;
  private destroyed = false;

  constructor(readonly context: Context, readonly values: FrameValues, readonly cut: Cutting, private readonly changed: () => void) {}

  draw(batch: Batch): Drawn {
    const painting = new Painting(batch, this);
    this.paintings.push(painting);
    this.sort();
    const { changed } = this;
    return {
      kind: painting.kind,
      write(change) { painting.write(change); changed(); },
      get order() { return painting.order; },
      set order(value) { painting.order = value; },
      get visible() { return painting.visible; },
      set visible(value) { painting.visible = value; changed(); },
      get opacity() { return painting.opacity; },
      set opacity(value) { painting.opacity = value; changed(); },
      get bytes() { return painting.bytes; },
      dispose() { painting.dispose(); },
    };
  }

  /** Whether a frame at another moment would look different. */
  get moving(): boolean { return this.paintings.some((painting) => painting.moving && painting.visible && painting.opacity > 0); }

  get bytes(): number { return this.paintings.reduce((sum, painting) => sum + painting.bytes, 0); }

  /** Puts the ground's cut on what lies on the ground. */
  recut(): void {
    for (const painting of this.paintings) painting.recut();
    this.changed();
  }

  sort(): void {
    this.sorted = false;
    this.changed();
  }

  remove(painting: Painting): void {
    const at = this.paintings.indexOf(painting);
    if (at >= 0) this.paintings.splice(at, 1);
    this.changed();
  }

  /** Called by Cesium in every pass; picks never see batches, which are picked from their columns. */
  update(frameState: FrameState): void {
    if (!frameState.passes.render || frameState.passes.pick || frameState.passes.offscreen) return;
    if (!this.sorted) {
      this.paintings.sort((a, b) => a.order - b.order);
      this.sorted = true;
    }
    this.viewport.x = this.context.drawingBufferWidth;
    this.viewport.y = this.context.drawingBufferHeight;
    const { viewMatrix } = frameState.camera;
    for (const painting of this.paintings) {
      if (!painting.visible || painting.opacity <= 0 || painting.empty) continue;
      painting.prepare(viewMatrix);
      painting.command.pass = (this.glass && painting.order >= ORDER.translucent) || (this.glassGround && !painting.solid) ? Pass.TRANSLUCENT : Pass.OPAQUE;
      frameState.commandList.push(painting.command);
    }
  }

  isDestroyed(): boolean { return this.destroyed; }

  destroy(): void {
    for (const painting of this.paintings.slice()) painting.dispose();
    this.destroyed = true;
  }
}
