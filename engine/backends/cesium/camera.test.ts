import { Camera, Cartesian3 } from '@cesium/engine';
import { expect, test } from 'vitest';
import { projectionMatrix, viewMatrix, type Pose } from '#geo';
import { poseOf, setPose, WindowFrustum } from './camera.ts';

const POSES: Pose[] = [
  { lon: 117.49, lat: 30.66, height: 320, heading: 33, pitch: -20, roll: 0 },
  { lon: -70.1, lat: -33.4, height: 2.5, heading: 300, pitch: 12, roll: -7 },
  { lon: 0, lat: 0, height: 1e6, heading: 0, pitch: -90, roll: 0 },
  { lon: 113.9, lat: 22.5, height: 50, heading: 181, pitch: -89.9, roll: 0 },
];

/** What setPose and poseOf touch of a camera. */
function bareCamera(): Camera {
  const camera = { position: new Cartesian3(), direction: new Cartesian3(), up: new Cartesian3(), right: new Cartesian3() };
  return Object.defineProperties(camera, {
    positionWC: { get: () => camera.position }, directionWC: { get: () => camera.direction }, upWC: { get: () => camera.up },
  }) as unknown as Camera;
}

test('a pose given is the pose read, and its axes are the rows of the view matrix', () => {
  for (const pose of POSES) {
    const camera = bareCamera();
    setPose(camera, pose);
    const view = viewMatrix(pose);
    for (const [row, axis] of [camera.right, camera.up].entries()) expect(Math.hypot(axis.x - view[row], axis.y - view[row + 4], axis.z - view[row + 8])).toBeLessThan(1e-12);
    const read = poseOf(camera);
    for (const key of ['lon', 'lat', 'height', 'pitch', 'roll'] as const) expect(read[key]).toBeCloseTo(pose[key], 6);
    expect(Math.abs(((read.heading - pose.heading + 540) % 360) - 180)).toBeLessThan(1e-5);
  }
});

test('the projection is the shared one, wherever Cesium puts the near plane', () => {
  for (const aspect of [16 / 9, 0.6]) {
    const wanted = { fov: 50, offset: [0.5, -1.25] as const };
    const frustum = new WindowFrustum();
    frustum.set(wanted, aspect);
    const expected = projectionMatrix(wanted, aspect);
    for (const near of [0.1, 3, 700]) {
      frustum.near = near;
      frustum.far = near * 1e6;
      const working = frustum.clone(new WindowFrustum());
      for (const each of [frustum, working]) {
        const got = each.projectionMatrix as unknown as Record<number, number>;
        for (const i of [0, 5, 8, 9, 11]) expect(got[i]).toBeCloseTo(expected[i], 9);
      }
    }
  }
});
