import { invertRigid, viewMatrix, type Matrix, type Pose } from '#geo';

/** What a page of the load bench is asked to show, from its address: `?tileset=…&pose=lon,lat,height,heading,pitch`. */
export interface LoadView {
  readonly tileset: string;
  readonly pose: Pose;
  /** Eye to earth-centred axes, columns of a 4 × 4 matrix. */
  readonly eye: Matrix;
  /** Vertical, degrees. */
  readonly fov: number;
  /** Pixels a tile may be wrong by. */
  readonly detail: number;
}

export function loadView(): LoadView {
  const query = new URLSearchParams(location.search);
  const [lon, lat, height, heading, pitch] = query.get('pose')!.split(',').map(Number);
  const pose = { lon, lat, height, heading, pitch, roll: 0 };
  return { tileset: new URL(query.get('tileset')!, location.href).href, pose, eye: invertRigid(viewMatrix(pose)), fov: Number(query.get('fov')), detail: 16 };
}
