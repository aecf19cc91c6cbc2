import { Buffer, BufferUsage, ComponentDatatype, DrawCommand, Framebuffer, PrimitiveType, RenderState, ShaderProgram, ShaderSource, VertexArray, type Context, type Texture } from '@cesium/engine';
import { MOTION_STRIDE } from '../../drawing/batch.ts';
import { SCATTER_FRAGMENT, SCATTER_LAYOUT, SCATTER_VERTEX } from '../../drawing/scatter.ts';
import { TwinError } from '../../errors.ts';

/** Writes records at random slots into three textures: one upload and one draw of points a call. */
export interface Scatter {
  write(count: number, buffer: ArrayBuffer): void;
  readonly bytes: number;
  dispose(): void;
}

interface Records {
  readonly capacity: number;
  readonly buffer: Buffer;
  readonly array: VertexArray;
}

function makeRecords(context: Context, capacity: number): Records {
  const buffer = Buffer.createVertexBuffer({ context, sizeInBytes: capacity * MOTION_STRIDE, usage: BufferUsage.STREAM_DRAW });
  const attributes = SCATTER_LAYOUT.map(({ size, offset, bytes }, index) => ({
    index, vertexBuffer: buffer, componentsPerAttribute: size, componentDatatype: bytes ? ComponentDatatype.UNSIGNED_BYTE : ComponentDatatype.FLOAT,
    normalize: bytes, offsetInBytes: offset, strideInBytes: MOTION_STRIDE,
  }));
  return { capacity, buffer, array: new VertexArray({ context, attributes }) };
}

/** @throws TwinError `backend-unavailable` where the card cannot draw into float textures. */
export function makeScatter(context: Context, from: Texture, to: Texture, colour: Texture): Scatter {
  if (!context.colorBufferFloat) throw new TwinError('backend-unavailable', 'This graphics card cannot draw into float textures (EXT_color_buffer_float), which moving symbols need');
  const { width, height } = from;
  const framebuffer = new Framebuffer({ context, colorTextures: [from, to, colour], destroyAttachments: false });
  const shaderProgram = ShaderProgram.fromCache({
    context,
    vertexShaderSource: new ShaderSource({ sources: [SCATTER_VERTEX] }),
    fragmentShaderSource: new ShaderSource({ sources: [SCATTER_FRAGMENT] }),
    attributeLocations: Object.fromEntries(SCATTER_LAYOUT.map(({ name }, index) => [name, index])),
  });
  const renderState = RenderState.fromCache({ viewport: { x: 0, y: 0, width, height }, depthTest: { enabled: false }, depthMask: false });
  const shape = { x: width, y: height };
  let records: Records | null = null;
  let command: DrawCommand | null = null;
  return {
    get bytes() { return (records?.capacity ?? 0) * MOTION_STRIDE; },
    write(count, buffer) {
      if (count === 0) return;
      if (!records || !command || records.capacity < count) {
        records?.array.destroy();
        records = makeRecords(context, Math.max(256, 2 ** Math.ceil(Math.log2(count))));
        command = new DrawCommand({
          vertexArray: records.array, primitiveType: PrimitiveType.POINTS, shaderProgram, renderState, framebuffer,
          uniformMap: { u_shape: () => shape }, count, cull: false,
        });
      }
      records.buffer.copyFromArrayView(new Uint8Array(buffer, 0, count * MOTION_STRIDE), 0);
      command.count = count;
      command.execute(context);
    },
    dispose() {
      records?.array.destroy();
      framebuffer.destroy();
      shaderProgram.destroy();
    },
  };
}
