/**
 * What @cesium/engine 24.0 exports without types (its private drawing interface), as far as painter, scatter, sky and picking use it.
 * The version is pinned; the conformance tests read pixels and notice a change.
 */
declare module '@cesium/engine' {
  export interface Context {
    readonly uniformState: { readonly projection: Matrix4 };
    readonly drawingBufferWidth: number;
    readonly drawingBufferHeight: number;
    readonly webgl2: boolean;
    readonly colorBufferFloat: boolean;
    readonly _gl: WebGL2RenderingContext;
  }

  export interface FrameState {
    readonly context: Context;
    readonly passes: { readonly render: boolean; readonly pick: boolean; readonly offscreen: boolean };
    readonly commandList: DrawCommand[];
    readonly camera: Camera;
    readonly newFrame: boolean;
    readonly creditDisplay: { _currentCesiumCredit: Credit; beginFrame(): void };
  }

  /** The private side of a Scene. */
  export interface PrivateScene {
    readonly context: Context;
    readonly frameState: FrameState;
    readonly skyBox: unknown;
    pickFromRay(ray: Ray, exclude?: unknown[], width?: number): { object?: unknown; position?: Cartesian3 } | undefined;
    initializeFrame(): void;
    render(time: JulianDate): void;
    pixelRatio: number;
  }

  export class Buffer {
    static createVertexBuffer(options: { context: Context; typedArray?: ArrayBufferView; sizeInBytes?: number; usage: number }): Buffer;
    static createIndexBuffer(options: { context: Context; typedArray: ArrayBufferView; usage: number; indexDatatype: number }): Buffer;
    copyFromArrayView(view: ArrayBufferView, offset?: number): void;
    readonly sizeInBytes: number;
    vertexArrayDestroyable: boolean;
    destroy(): void;
  }

  export const BufferUsage: { readonly STREAM_DRAW: number; readonly STATIC_DRAW: number; readonly DYNAMIC_DRAW: number };
  export const Pass: { readonly OPAQUE: number; readonly TRANSLUCENT: number; readonly ENVIRONMENT: number };

  export interface VertexAttribute {
    index: number;
    vertexBuffer: Buffer;
    componentsPerAttribute: number;
    componentDatatype: number;
    normalize?: boolean;
    offsetInBytes?: number;
    strideInBytes?: number;
    instanceDivisor?: number;
  }

  export class VertexArray {
    constructor(options: { context: Context; attributes: VertexAttribute[]; indexBuffer?: Buffer });
    destroy(): void;
  }

  export class ShaderSource {
    constructor(options: { sources: string[]; defines?: string[] });
    clone(): ShaderSource;
  }

  export class ShaderProgram {
    static fromCache(options: { context: Context; vertexShaderSource: ShaderSource; fragmentShaderSource: ShaderSource; attributeLocations: Record<string, number> }): ShaderProgram;
    destroy(): void;
  }

  export class RenderState {
    static fromCache(options: object): RenderState;
    readonly id: number;
  }

  export class Texture {
    constructor(options: {
      context: Context; width: number; height: number; pixelFormat: number; pixelDatatype: number; flipY: boolean; sampler: Sampler;
      source?: { width: number; height: number; arrayBufferView: ArrayBufferView };
    });
    copyFrom(options: { xOffset?: number; yOffset?: number; source: { width: number; height: number; arrayBufferView: ArrayBufferView } }): void;
    readonly width: number;
    readonly height: number;
    destroy(): void;
  }

  export class Sampler {
    constructor(options: { wrapS: number; wrapT: number; minificationFilter: number; magnificationFilter: number });
    readonly minificationFilter: number;
  }

  export const TextureWrap: { readonly CLAMP_TO_EDGE: number };

  export class Framebuffer {
    constructor(options: { context: Context; colorTextures: Texture[]; destroyAttachments: boolean });
    destroy(): void;
  }

  export type UniformMap = Record<string, () => unknown>;

  export class DrawCommand {
    constructor(options: {
      boundingVolume?: BoundingSphere; primitiveType: number; vertexArray: VertexArray; count?: number; instanceCount?: number;
      shaderProgram: ShaderProgram; uniformMap: UniformMap; renderState: RenderState; framebuffer?: Framebuffer; pass?: number; owner?: unknown; cull?: boolean; occlude?: boolean;
    });
    count: number;
    pass: number;
    shaderProgram: ShaderProgram;
    boundingVolume: BoundingSphere;
    execute(context: Context): void;
  }

  export namespace buildModuleUrl {
    function setBaseUrl(url: string): void;
  }

  export namespace TaskProcessor {
    const taskCompletedEvent: Event;
  }

  export namespace RequestScheduler {
    function request(request: Request): Promise<unknown> | undefined;
  }
}
