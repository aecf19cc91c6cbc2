import { PerspectiveCamera } from 'three';
import { anchorMatrix, invertRigid, multiply, viewMatrix, type Anchor, type Frustum, type Matrix, type Pose } from '#geo';

/** A camera that stands where a pose says, exactly: its matrix is computed in doubles from the same function that picks project with. */
export class CityCamera extends PerspectiveCamera {
  readonly #origin: Matrix;
  /** Undefined only while the base class sets itself up. */
  shift: readonly [number, number] | undefined = [0, 0];

  constructor(origin: Anchor) {
    super();
    this.#origin = anchorMatrix(origin);
    this.matrixAutoUpdate = false;
    this.matrixWorldAutoUpdate = false;
  }

  override updateProjectionMatrix(): void {
    super.updateProjectionMatrix();
    this.projectionMatrix.elements[8] = this.shift?.[0] ?? 0;
    this.projectionMatrix.elements[9] = this.shift?.[1] ?? 0;
    this.projectionMatrixInverse.copy(this.projectionMatrix).invert();
  }

  /** @param ground metres from the eye to the nearest thing, for the near plane */
  stand(pose: Pose, frustum: Frustum, aspect: number, ground: number): void {
    const worldToEye = multiply(viewMatrix(pose), this.#origin);
    this.matrixWorldInverse.fromArray(worldToEye);
    this.matrix.fromArray(invertRigid(worldToEye));
    this.matrixWorld.copy(this.matrix);
    this.matrix.decompose(this.position, this.quaternion, this.scale);
    const near = Math.min(Math.max(0.4, ground * 0.01), 20_000);
    const far = Math.max(400_000, Math.sqrt(2 * 6_371_000 * Math.max(pose.height, 100)) * 2.5 + pose.height * 3);
    Object.assign(this, { fov: frustum.fov, aspect, near, far, shift: frustum.offset });
    this.updateProjectionMatrix();
  }
}
