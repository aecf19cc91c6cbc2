import { DataTexture, type Texture, type WebGLRenderer } from 'three';
import { MOTION_STRIDE, type MotionChange } from '../../drawing/batch.ts';
import { SCATTER_FRAGMENT, SCATTER_LAYOUT, SCATTER_VERTEX, scatterInto } from '../../drawing/scatter.ts';
import { TwinError } from '../../errors.ts';

/** The three textures one batch's state lives in. */
export interface ScatterTarget {
  readonly from: DataTexture;
  readonly to: DataTexture;
  readonly colour: DataTexture;
}

/** Bytes of changes that wait at most: a page in the background draws no frames. */
const MOST_HELD = 8 << 20;

function compile(gl: WebGL2RenderingContext, type: number, text: string): WebGLShader {
  const shader = gl.createShader(type)!;
  gl.shaderSource(shader, `#version 300 es\nprecision highp float;\nprecision highp int;\n${text}`);
  gl.compileShader(shader);
  return shader;
}

/**
 * Writes new keyframes into a batch's textures where they lie, on the graphics card: one upload of the packed records, one draw of one point each.
 * One for a backend; frame buffers are made a batch. Where the card cannot draw into float textures the writing happens in memory and the textures are sent whole.
 */
export class Scatter {
  readonly #renderer: WebGLRenderer;
  readonly #gl: WebGL2RenderingContext;
  readonly #frames = new Map<ScatterTarget, WebGLFramebuffer>();
  readonly #waiting = new Map<ScatterTarget, MotionChange[]>();
  #held = 0;
  #capacity = 0;
  #program: WebGLProgram | null = null;
  #shape: WebGLUniformLocation | null = null;
  #buffer: WebGLBuffer | null = null;
  #array: WebGLVertexArrayObject | null = null;

  constructor(renderer: WebGLRenderer) {
    this.#renderer = renderer;
    this.#gl = renderer.getContext() as WebGL2RenderingContext;
    if (this.#gl.getExtension('EXT_color_buffer_float')) this.#prepare();
  }

  #prepare(): void {
    const gl = this.#gl;
    const program = gl.createProgram();
    const shaders = [compile(gl, gl.VERTEX_SHADER, SCATTER_VERTEX), compile(gl, gl.FRAGMENT_SHADER, SCATTER_FRAGMENT)];
    for (const shader of shaders) gl.attachShader(program, shader);
    SCATTER_LAYOUT.forEach(({ name }, location) => gl.bindAttribLocation(program, location, name));
    gl.linkProgram(program);
    for (const shader of shaders) gl.deleteShader(shader);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return gl.deleteProgram(program);
    this.#program = program;
    this.#shape = gl.getUniformLocation(program, 'u_shape');
    this.#buffer = gl.createBuffer();
    this.#array = gl.createVertexArray();
    gl.bindVertexArray(this.#array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    SCATTER_LAYOUT.forEach(({ size, offset, bytes }, location) => {
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, size, bytes ? gl.UNSIGNED_BYTE : gl.FLOAT, bytes, MOTION_STRIDE, offset);
    });
    this.#renderer.resetState();
  }

  /** Takes a change; it reaches the textures with the next {@link flush}, together with what came before it. */
  write(target: ScatterTarget, change: MotionChange): void {
    if (change.count === 0) return;
    if (change.buffer.byteLength < change.count * MOTION_STRIDE) throw new TwinError('bad-input', `A change of ${change.count} keyframes came with ${change.buffer.byteLength} bytes.`);
    const waiting = this.#waiting.get(target);
    if (waiting) waiting.push(change);
    else this.#waiting.set(target, [change]);
    this.#held += change.count * MOTION_STRIDE;
    if (this.#held > MOST_HELD) this.flush();
  }

  /** Writes all that waits: one upload and one draw a batch, however many changes came. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    for (const [target, changes] of this.#waiting) {
      const frame = this.#program ? this.#frameOf(target) : null;
      if (frame) this.#draw(frame, target, changes);
      else this.#copy(target, changes);
    }
    this.#waiting.clear();
    this.#held = 0;
    if (this.#program) this.#renderer.resetState();
  }

  #copy(target: ScatterTarget, changes: readonly MotionChange[]): void {
    const [from, to, colours] = [target.from, target.to, target.colour].map((texture) => texture.image.data as unknown);
    for (const change of changes) scatterInto(change, from as Float32Array, to as Float32Array, colours as Uint8Array);
    for (const texture of [target.from, target.to, target.colour]) texture.needsUpdate = true;
  }

  #frameOf(target: ScatterTarget): WebGLFramebuffer | null {
    const known = this.#frames.get(target);
    if (known) return known;
    const gl = this.#gl;
    const frame = gl.createFramebuffer();
    const parts = [target.from, target.to, target.colour];
    for (const texture of parts) this.#renderer.initTexture(texture);
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    parts.forEach((texture, i) => {
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + i, gl.TEXTURE_2D, handleOf(this.#renderer, texture), 0);
    });
    gl.drawBuffers([gl.COLOR_ATTACHMENT0, gl.COLOR_ATTACHMENT1, gl.COLOR_ATTACHMENT2]);
    const complete = gl.checkFramebufferStatus(gl.FRAMEBUFFER) === gl.FRAMEBUFFER_COMPLETE;
    this.#renderer.resetState();
    if (!complete) {
      gl.deleteFramebuffer(frame);
      gl.deleteProgram(this.#program);
      this.#program = null;
      return null;
    }
    this.#frames.set(target, frame);
    return frame;
  }

  #draw(frame: WebGLFramebuffer, target: ScatterTarget, changes: readonly MotionChange[]): void {
    const gl = this.#gl;
    const count = changes.reduce((sum, change) => sum + change.count, 0);
    const { width, height } = target.from.image as { width: number; height: number };
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.viewport(0, 0, width, height);
    for (const capability of [gl.BLEND, gl.DEPTH_TEST, gl.SCISSOR_TEST, gl.CULL_FACE, gl.STENCIL_TEST, gl.RASTERIZER_DISCARD]) gl.disable(capability);
    gl.colorMask(true, true, true, true);
    gl.useProgram(this.#program);
    gl.uniform2f(this.#shape, width, height);
    gl.bindVertexArray(this.#array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    // The buffer grows and stays; a slot that occurs twice ends as the later change says, since points are drawn in order.
    if (count * MOTION_STRIDE > this.#capacity) {
      this.#capacity = 2 ** Math.ceil(Math.log2(count * MOTION_STRIDE));
      gl.bufferData(gl.ARRAY_BUFFER, this.#capacity, gl.STREAM_DRAW);
    }
    let at = 0;
    for (const change of changes) {
      gl.bufferSubData(gl.ARRAY_BUFFER, at, new Uint8Array(change.buffer, 0, change.count * MOTION_STRIDE));
      at += change.count * MOTION_STRIDE;
    }
    gl.drawArrays(gl.POINTS, 0, count);
  }

  forget(target: ScatterTarget): void {
    this.#waiting.delete(target);
    const frame = this.#frames.get(target);
    if (frame) this.#gl.deleteFramebuffer(frame);
    this.#frames.delete(target);
  }

  dispose(): void {
    for (const target of this.#frames.keys()) this.forget(target);
    this.#gl.deleteProgram(this.#program);
    this.#gl.deleteBuffer(this.#buffer);
    this.#gl.deleteVertexArray(this.#array);
  }
}

/** The graphics card's own name of a texture, once three has made it. */
function handleOf(renderer: WebGLRenderer, texture: Texture): WebGLTexture {
  return (renderer.properties.get(texture) as { __webglTexture: WebGLTexture }).__webglTexture;
}
