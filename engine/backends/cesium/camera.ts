import { Cartesian3, PerspectiveFrustum, type Camera } from '@cesium/engine';
import { DEGREE, anchorMatrix, fromEcef, invertRigid, transform, viewMatrix, type Frustum, type Pose } from '#geo';

/**
 * A perspective frustum whose window may stand off the axis. Cesium's own `xOffset` is in metres of the near plane, and Cesium moves the near plane
 * with what is in sight; here the offset follows it, so that the picture stays.
 */
export class WindowFrustum extends PerspectiveFrustum {
  /** In half-widths and half-heights. */
  shift: readonly [number, number] = [0, 0];
  private nearPlane = 0.1;
  private working: WindowFrustum | null = null;

  // @ts-expect-error A field in Cesium's class, an accessor here: the constructor's assignment reaches the setter.
  override get near(): number { return this.nearPlane; }
  override set near(value: number) {
    this.nearPlane = value;
    this.reshift();
  }

  /** Fits the vertical field of view (degrees) to a window; Cesium's own `fov` is that of the longer side. */
  set(frustum: Frustum, aspect: number): void {
    const vertical = frustum.fov * DEGREE;
    this.aspectRatio = aspect;
    this.fov = aspect > 1 ? 2 * Math.atan(Math.tan(vertical / 2) * aspect) : vertical;
    this.shift = frustum.offset;
    this.reshift();
  }

  private reshift(): void {
    if (!this.shift || !this.fov || !this.aspectRatio) return;
    const half = Math.tan(this.fov / 2) / (this.aspectRatio > 1 ? this.aspectRatio : 1);
    this.xOffset = this.shift[0] * this.nearPlane * half * this.aspectRatio;
    this.yOffset = this.shift[1] * this.nearPlane * half;
  }

  /** Cesium copies the frustum each frame to move its near plane (`result` given): its own copy would lose the shift. */
  override clone(result?: PerspectiveFrustum): WindowFrustum {
    const copy = result ? (this.working ??= new WindowFrustum()) : new WindowFrustum();
    copy.aspectRatio = this.aspectRatio;
    copy.fov = this.fov;
    copy.shift = this.shift;
    copy.near = this.near;
    copy.far = this.far;
    return copy;
  }
}

/** Puts Cesium's camera exactly where `viewMatrix(pose)` says. */
export function setPose(camera: Camera, pose: Pose): void {
  const { destination, orientation } = placed(pose);
  camera.position = destination;
  camera.direction = orientation.direction;
  camera.up = orientation.up;
  camera.right = Cartesian3.cross(camera.direction, camera.up, new Cartesian3());
}

/** A pose in the words of `camera.flyTo`. */
export function placed(pose: Pose): { destination: Cartesian3; orientation: { direction: Cartesian3; up: Cartesian3 } } {
  const view = viewMatrix(pose);
  const eye = invertRigid(view);
  return {
    destination: new Cartesian3(eye[12], eye[13], eye[14]),
    orientation: { direction: new Cartesian3(-view[2], -view[6], -view[10]), up: new Cartesian3(view[1], view[5], view[9]) },
  };
}

/** The inverse of {@link setPose}. Straight up or down, where heading and roll are one turn, the roll is 0. */
export function poseOf(camera: Camera): Pose {
  const { positionWC: p, directionWC: d, upWC: u } = camera;
  const [lon, lat, height] = fromEcef(p.x, p.y, p.z, [0, 0, 0]);
  const toLocal = invertRigid(anchorMatrix({ lon, lat, height }));
  toLocal[12] = toLocal[13] = toLocal[14] = 0;
  const forward = transform(toLocal, d.x, d.y, d.z, [0, 0, 0]);
  const up = transform(toLocal, u.x, u.y, u.z, [0, 0, 0]);
  const level = Math.hypot(forward[0], forward[1]);
  const pitch = Math.atan2(forward[2], level) / DEGREE;
  const turn = forward[2] > 0 ? -1 : 1;
  const steep = level < 1e-7;
  const headingRadians = steep ? Math.atan2(turn * up[0], turn * up[1]) : Math.atan2(forward[0], forward[1]);
  const right = [forward[1] * up[2] - forward[2] * up[1], forward[2] * up[0] - forward[0] * up[2], forward[0] * up[1] - forward[1] * up[0]];
  const sinH = Math.sin(headingRadians);
  const cosH = Math.cos(headingRadians);
  const cosR = right[0] * cosH - right[1] * sinH;
  const sinR = up[0] * cosH - up[1] * sinH;
  return { lon, lat, height, heading: (headingRadians / DEGREE + 360) % 360, pitch, roll: steep ? 0 : Math.atan2(sinR, cosR) / DEGREE };
}
