import { Buffer, BufferUsage, ComponentDatatype, DrawCommand, Matrix4, Pass, PrimitiveType, RenderState, ShaderProgram, ShaderSource, VertexArray, Cartesian3, type Context, type FrameState } from '@cesium/engine';
import { anchorMatrix, fromEcef, invertRigid } from '#geo';
import type { Light } from '../../backend.ts';
import { SKY_FRAGMENT, SKY_VERTEX, lightUniforms } from './look.ts';

/** The gradient behind everything, in the place of Cesium's star box: one triangle, no pictures to fetch. */
export class Sky {
  private readonly command: DrawCommand;
  private readonly array: VertexArray;
  private readonly program: ShaderProgram;
  private readonly toUp = new Matrix4();
  private readonly sunUp = new Cartesian3();
  private values: ReturnType<typeof lightUniforms>;
  private height = 0;
  /** Below the horizon lies dark earth and not the bare ground: the globe is laid over it. */
  glassGround = false;
  /** The same where the ground is cut away. */
  cutGround = false;
  private destroyed = false;

  constructor(context: Context, light: Light, private readonly sun: Cartesian3) {
    this.values = lightUniforms(light);
    const vertexBuffer = Buffer.createVertexBuffer({ context, typedArray: new Float32Array([-1, -1, 3, -1, -1, 3]), usage: BufferUsage.STATIC_DRAW });
    this.array = new VertexArray({ context, attributes: [{ index: 0, vertexBuffer, componentsPerAttribute: 2, componentDatatype: ComponentDatatype.FLOAT }] });
    this.program = ShaderProgram.fromCache({
      context, attributeLocations: { a_at: 0 },
      vertexShaderSource: new ShaderSource({ sources: [SKY_VERTEX] }),
      fragmentShaderSource: new ShaderSource({ sources: [SKY_FRAGMENT], defines: ['LOG_DEPTH_READ_ONLY'] }),
    });
    this.command = new DrawCommand({
      vertexArray: this.array, primitiveType: PrimitiveType.TRIANGLES, count: 3, shaderProgram: this.program, pass: Pass.ENVIRONMENT, owner: this, cull: false,
      renderState: RenderState.fromCache({ depthTest: { enabled: false }, depthMask: false }),
      uniformMap: {
        u_toUp: () => this.toUp, u_sun: () => this.sunUp, u_projection: () => context.uniformState.projection,
        u_key: () => this.values.key, u_fill: () => this.values.fill, u_zenith: () => this.values.zenith, u_horizon: () => this.values.horizon,
        u_height: () => this.height, u_haze: () => this.values.haze, u_night: () => this.values.night, u_fine: () => this.values.fine, u_glass: () => (this.glassGround || this.cutGround ? 1 : 0),
      },
    });
  }

  light(light: Light): void {
    this.values = lightUniforms(light);
  }

  /** Called by Cesium before the passes. */
  update(frameState: FrameState): DrawCommand | undefined {
    const { camera } = frameState;
    const { x, y, z } = camera.positionWC;
    const [lon, lat, height] = fromEcef(x, y, z, [0, 0, 0]);
    this.height = height;
    const upright = Matrix4.fromArray([...invertRigid(anchorMatrix({ lon, lat, height }))]);
    Matrix4.multiplyByPointAsVector(upright, this.sun, this.sunUp);
    Matrix4.multiplyTransformation(upright, camera.inverseViewMatrix, this.toUp);
    return this.command;
  }

  isDestroyed(): boolean { return this.destroyed; }

  destroy(): undefined {
    this.array.destroy();
    this.program.destroy();
    this.destroyed = true;
    return undefined;
  }
}
