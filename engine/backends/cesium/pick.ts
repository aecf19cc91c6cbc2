import { Cartesian3, Cesium3DTileFeature, Ray, type Camera, type PrivateScene, type Scene } from '@cesium/engine';
import { DEGREE, SEMI_MAJOR, SEMI_MINOR, fromEcef, type Frustum } from '#geo';
import type { SurfaceHit, View } from '../../backend.ts';
import type { Cut } from '../../drawing/cut.ts';
import { featureProperties, type CesiumTiles } from './tiles.ts';

/** The ray through a pixel (CSS pixels from the upper left), the frustum's shift included. */
export function pixelRay(camera: Camera, frustum: Frustum, view: Pick<View, 'width' | 'height'>, x: number, y: number): Ray {
  const tangent = Math.tan((frustum.fov * DEGREE) / 2);
  const right = ((2 * x) / view.width - 1 + frustum.offset[0]) * tangent * (view.width / view.height);
  const up = (1 - (2 * y) / view.height + frustum.offset[1]) * tangent;
  const { directionWC: d, rightWC: r, upWC: u } = camera;
  const direction = new Cartesian3(d.x + r.x * right + u.x * up, d.y + r.y * right + u.y * up, d.z + r.z * right + u.z * up);
  return new Ray(Cartesian3.clone(camera.positionWC), Cartesian3.normalize(direction, direction));
}

/** In axes in which the ellipsoid is a unit sphere. */
function squeeze({ x, y, z }: Cartesian3): [number, number, number] {
  return [x / SEMI_MAJOR, y / SEMI_MAJOR, z / SEMI_MINOR];
}

/** Where a ray meets the bare ellipsoid; null for the sky. */
function ellipsoidPoint({ origin, direction }: Ray): Cartesian3 | null {
  const p = squeeze(origin);
  const d = squeeze(direction);
  const a = d[0] ** 2 + d[1] ** 2 + d[2] ** 2;
  const b = p[0] * d[0] + p[1] * d[1] + p[2] * d[2];
  const root = b * b - a * (p[0] ** 2 + p[1] ** 2 + p[2] ** 2 - 1);
  if (root < 0) return null;
  const near = (-b - Math.sqrt(root)) / a;
  // From below the ground only what is overhead is near: straight down lies the far side of the earth.
  const distance = near > 0 || b <= 0 ? near : (-b + Math.sqrt(root)) / a;
  return distance > 0 ? new Cartesian3(origin.x + direction.x * distance, origin.y + direction.y * distance, origin.z + direction.z * distance) : null;
}

/**
 * What tiles or ground a ray meets. Features hidden by their style are not met. Bare ground is asked of the terrain's own triangles once they are all there,
 * before that of the ellipsoid: coarse triangles lie kilometres off.
 */
export function surfaceOn(scene: Scene, ray: Ray, tilesets: readonly CesiumTiles[], ground: { terrain: boolean; cut: Cut | null }): SurfaceHit | null {
  const inner = scene as unknown as PrivateScene;
  const feature = tilesets.length > 0 ? hitFeature(scene, inner, ray) : null;
  const point = hitPoint(scene, inner, ray, tilesets);
  if (point && (!feature || Cartesian3.distance(point.at, ray.origin) < Cartesian3.distance(feature.at, ray.origin))) {
    const [lon, lat, height] = fromEcef(point.at.x, point.at.y, point.at.z, [0, 0, 0]);
    return { lon, lat, height, feature: { tiles: point.tiles, number: -1, properties: {} } };
  }
  if (feature) {
    const tiles = tilesets.find(({ tileset }) => tileset === feature.hit.tileset);
    const [lon, lat, height] = fromEcef(feature.at.x, feature.at.y, feature.at.z, [0, 0, 0]);
    if (!tiles) return { lon, lat, height, feature: null };
    const properties = featureProperties(feature.hit);
    const number = typeof properties.feature === 'number' ? properties.feature : feature.hit.featureId;
    return { lon, lat, height, feature: { tiles, number, properties } };
  }
  const at = groundPoint(scene, ray, ground.terrain, ground.cut);
  if (!at) return null;
  const [lon, lat, height] = fromEcef(at.x, at.y, at.z, [0, 0, 0]);
  return { lon, lat, height, feature: null };
}

/** Steps through holes of the cut before the ground counts as missed. */
const MOST_HOLES = 6;

/** First point of the ground that is not cut away. */
function groundPoint(scene: Scene, ray: Ray, terrain: boolean, cut: Cut | null): Cartesian3 | null {
  const { globe } = scene;
  if (!terrain || !globe?.tilesLoaded) {
    const at = ellipsoidPoint(ray);
    return at && !cut?.cuts(at.x, at.y, at.z) ? at : null;
  }
  let from = ray;
  for (let hole = 0; hole < MOST_HOLES; hole++) {
    const at = globe.pick(from, scene);
    if (!at) return cut ? null : ellipsoidPoint(ray);
    if (!cut?.cuts(at.x, at.y, at.z)) return at;
    from = new Ray(Cartesian3.add(at, Cartesian3.multiplyByScalar(ray.direction, 0.05, new Cartesian3()), new Cartesian3()), ray.direction);
  }
  return null;
}

/** The nearest point of a cloud within half the way to its neighbours. What it carries stays on the graphics card: only its place is told. */
function hitPoint(scene: Scene, inner: PrivateScene, ray: Ray, tilesets: readonly CesiumTiles[]): { tiles: CesiumTiles; at: Cartesian3 } | null {
  const clouds = tilesets.filter(({ source, visible }) => source.look === 'points' && visible);
  if (clouds.length === 0) return null;
  const others = tilesets.filter((each) => !clouds.includes(each)).map(({ tileset }) => tileset);
  scene.useDepthPicking = true;
  try {
    const met = inner.pickFromRay(ray, others, Math.max(0.1, ...clouds.map(({ reach }) => 2 * reach)));
    const tiles = clouds.find(({ tileset }) => tileset === (met?.object as { primitive?: unknown } | undefined)?.primitive);
    return tiles && met?.position ? { tiles, at: met.position } : null;
  } finally {
    scene.useDepthPicking = false;
  }
}

function hitFeature(scene: Scene, inner: PrivateScene, ray: Ray): { hit: Cesium3DTileFeature; at: Cartesian3 } | null {
  scene.useDepthPicking = true;
  try {
    const met = inner.pickFromRay(ray);
    return met?.object instanceof Cesium3DTileFeature && met.position ? { hit: met.object, at: met.position } : null;
  } finally {
    scene.useDepthPicking = false;
  }
}
