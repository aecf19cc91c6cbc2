import { Matrix3, Matrix4, Vector2, Vector3, Vector4 } from 'three';
import type { Light } from '../../backend.ts';
import { sunDirection } from '../../drawing/light.ts';
import type { CityCamera } from './camera.ts';

/** Uniform values every material of a backend points at: set once a frame, uploaded by whoever uses them. */
export interface SharedUniforms {
  readonly viewport: { value: Vector2 };
  readonly pixelRatio: { value: number };
  /** Direction to the sun: in eye space, and in metres east, north, up. */
  readonly sunEye: { value: Vector3 };
  readonly sun: { value: Vector3 };
  readonly key4: { value: Vector4 };
  readonly fill4: { value: Vector4 };
  readonly key: { value: Vector3 };
  readonly fill: { value: Vector3 };
  readonly zenith: { value: Vector3 };
  readonly horizon: { value: Vector3 };
  readonly haze: { value: number };
  readonly night: { value: number };
  readonly fine: { value: number };
  /** Turns eye space into metres east, north, up of the twin's anchor. */
  readonly eyeToWorld: { value: Matrix3 };
  /** Turns eye space into metres east, north, up of the place that the ground's own metres count from, near below the eye. */
  readonly eyeToGround: { value: Matrix4 };
  /** 0 … 1, and the eye's height over the ellipsoid in metres. */
  readonly groundOpacity: { value: number };
  /** 1 where the ground is cut away somewhere. */
  readonly groundCut: { value: number };
  readonly eyeHeight: { value: number };
}

export function sharedUniforms(): SharedUniforms {
  return {
    viewport: { value: new Vector2(1, 1) }, pixelRatio: { value: 1 },
    sunEye: { value: new Vector3() }, sun: { value: new Vector3() },
    key4: { value: new Vector4() }, fill4: { value: new Vector4() },
    key: { value: new Vector3() }, fill: { value: new Vector3() }, zenith: { value: new Vector3() }, horizon: { value: new Vector3() },
    haze: { value: 1 }, night: { value: 0 }, fine: { value: 1 }, eyeToWorld: { value: new Matrix3() }, eyeToGround: { value: new Matrix4() }, groundOpacity: { value: 1 }, groundCut: { value: 0 }, eyeHeight: { value: 0 },
  };
}

export function setLight(shared: SharedUniforms, light: Light): void {
  shared.sun.value.set(...sunDirection(light));
  shared.key.value.set(...light.key);
  shared.fill.value.set(...light.fill);
  shared.key4.value.set(...light.key, 0);
  shared.fill4.value.set(...light.fill, 0);
  shared.zenith.value.set(...light.sky.zenith);
  shared.horizon.value.set(...light.sky.horizon);
  shared.haze.value = light.haze.distance;
  shared.night.value = light.night;
  shared.fine.value = light.plain ? 0 : 1;
}

/** Takes over the camera of a frame: what depends on where one looks. */
export function setView(shared: SharedUniforms, camera: CityCamera): void {
  shared.eyeToWorld.value.setFromMatrix4(camera.matrixWorld);
  shared.sunEye.value.copy(shared.sun.value).transformDirection(camera.matrixWorldInverse);
}

/** The light as GLSL: uniforms, and `cityLight()` that gathers them. Goes with TILE_LOOK. */
export const CITY_LIGHT = `
uniform vec3 u_sun;
uniform vec3 u_key;
uniform vec3 u_fill;
uniform vec3 u_zenith;
uniform vec3 u_horizon;
uniform float u_haze;
uniform float u_night;
uniform float u_fine;
CityLight cityLight() { return CityLight(u_sun, u_key, u_fill, u_zenith, u_horizon, u_haze, u_night, u_fine); }
`;

/** The uniforms CITY_LIGHT declares. */
export function lightUniforms(shared: SharedUniforms): Record<string, { value: unknown }> {
  return { u_sun: shared.sun, u_key: shared.key, u_fill: shared.fill, u_zenith: shared.zenith, u_horizon: shared.horizon, u_haze: shared.haze, u_night: shared.night, u_fine: shared.fine };
}
