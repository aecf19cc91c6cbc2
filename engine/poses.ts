import { DEGREE, placer, type Pose } from '#geo';
import type { View } from './backend.ts';
import type { Extent } from './layer.ts';

/** Poses that differ by less than this are the same place: below a millimetre and a thousandth of a degree. */
export function samePose(a: Pose, b: Pose): boolean {
  const turn = (x: number, y: number): number => Math.abs(((x - y + 540) % 360) - 180);
  return Math.abs(a.lon - b.lon) < 2e-8 && Math.abs(a.lat - b.lat) < 2e-8 && Math.abs(a.height - b.height) < 2e-3 && turn(a.heading, b.heading) < 1e-3 && Math.abs(a.pitch - b.pitch) < 1e-3 && turn(a.roll, b.roll) < 1e-3;
}

/** A pose in the digits a document keeps (1 mm, 0.001°), so that both backends write the same one. */
export function settledPose(pose: Pose): Pose {
  const round = (value: number, digits: number): number => Number(value.toFixed(digits)) + 0;
  return {
    lon: round(pose.lon, 8), lat: round(pose.lat, 8), height: round(pose.height, 3),
    heading: round(((pose.heading % 360) + 360) % 360, 3) % 360, pitch: round(Math.max(-90, Math.min(90, pose.pitch)), 3), roll: round(pose.roll, 3),
  };
}

/** An oblique view from the south in which an extent fills most of the picture. */
export function poseFor(extent: Extent, view: View): Pose {
  const lon = (extent.west + extent.east) / 2;
  const lat = (extent.south + extent.north) / 2;
  const local = placer({ lon, lat, height: 0 });
  const corner = local.place(extent.east, extent.north, 0, new Float64Array(3));
  const radius = Math.max(60, Math.hypot(corner[0], corner[1]), extent.top);
  const aspect = view.width / Math.max(1, view.height);
  const halfAngle = Math.min((view.frustum.fov * DEGREE) / 2, Math.atan(Math.tan((view.frustum.fov * DEGREE) / 2) * aspect));
  const distance = radius / Math.sin(halfAngle) * 0.82;
  const pitch = -42;
  const eye = local.unplace(0, -distance * Math.cos(pitch * DEGREE), extent.top / 2 - distance * Math.sin(pitch * DEGREE), new Float64Array(3));
  return { lon: eye[0], lat: eye[1], height: eye[2], heading: 0, pitch, roll: 0 };
}
