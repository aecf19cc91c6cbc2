import { Cartesian3, Cesium3DTileFeature, Cesium3DTileset, Matrix4, ShadowMode, type Camera, type PrimitiveCollection, type TextureUniform } from '@cesium/engine';
import { anchorMatrix, fromEcef, invertRigid } from '#geo';
import type { DrawnTiles, Light, StyleTexture, TileLoader, TilesSource } from '../../backend.ts';
import { PLAIN_POINTS, type PointLook } from '../../drawing/point-look.ts';
import { TwinError, shownUrl, toTwinError } from '../../errors.ts';
import type { Cutting } from './clip.ts';
import { makeTileShader, styleUniform, type TileShader } from './look.ts';
import { makePointShader, type PointShader } from './point-shader.ts';
import { LoaderResource, type Source } from './resource.ts';

/** A tileset in the scene. */
export interface CesiumTiles extends DrawnTiles {
  readonly tileset: Cesium3DTileset;
  readonly source: TilesSource;
  /** Metres from a point of a cloud to the next. */
  readonly reach: number;
  /** Bytes this tileset may keep. */
  budget: number;
  /** Writes what a frame needs: matrices from the camera, the sun. */
  prepare(camera: Camera, sun: Cartesian3): void;
  light(light: Light): void;
  /** Puts on the cut as it is now. */
  recut(): void;
}

/** Where tiles are put, and what they answer to. */
export interface TilesHost {
  readonly primitives: PrimitiveCollection;
  readonly loader: TileLoader;
  readonly light: () => Light;
  readonly cut: Cutting;
  readonly changed: () => void;
  /** Pixels of the canvas a CSS pixel. */
  readonly pixels: () => number;
  readonly gone: (tiles: CesiumTiles) => void;
  /** Aborted when the scene is gone. */
  readonly ended: AbortSignal;
}

const MARGIN = 32 * 2 ** 20;

async function openTileset(source: TilesSource, shared: Source, budget: number): Promise<Cesium3DTileset> {
  const where = shownUrl(source.url);
  try {
    return await Cesium3DTileset.fromUrl(new LoaderResource(source.url, shared), {
      maximumScreenSpaceError: source.detail ?? 16,
      cacheBytes: budget,
      maximumCacheOverflowBytes: Math.max(MARGIN, budget / 4),
      foveatedScreenSpaceError: false,
      dynamicScreenSpaceError: false,
      shadows: ShadowMode.DISABLED,
    });
  } catch (cause) {
    const failure = shared.failures.get(source.url);
    if (failure) throw failure;
    throw new TwinError('bad-input', `The tileset cannot be read: ${where} (${toTwinError(cause, 'bad-input').message})`, { where, cause });
  }
}

function boundsOf(tileset: Cesium3DTileset): DrawnTiles['bounds'] {
  const { center, radius } = tileset.boundingSphere;
  const [lon, lat, height] = fromEcef(center.x, center.y, center.z, [0, 0, 0]);
  return { lon, lat, height, radius };
}

/** Properties of a feature under a pick. */
export function featureProperties(feature: Cesium3DTileFeature): Record<string, unknown> {
  return Object.fromEntries(feature.getPropertyIds([]).map((name) => [name, feature.getProperty(name)]));
}

/** What Cesium calls on a tileset each frame; an error in any of them would end the whole scene. */
const CALLS = ['update', 'updateForPass', 'prePassesUpdate', 'postPassesUpdate'] as const;

/** Lets a tileset fail alone: at its first error it is left out, and `failed` hears of it once. */
function contain(tileset: Cesium3DTileset, failed: (cause: unknown) => void): () => boolean {
  let broken = false;
  const calls = tileset as unknown as Record<(typeof CALLS)[number], (...args: unknown[]) => unknown>;
  for (const name of CALLS) {
    const call = calls[name];
    calls[name] = function contained(this: unknown, ...args) {
      if (broken) return undefined;
      try {
        return call.apply(this, args);
      } catch (cause) {
        broken = true;
        failed(cause);
        return undefined;
      }
    };
  }
  return () => broken;
}

/** Opens a tileset and puts it into the scene. @throws TwinError `not-found`, `network`, `bad-input` for the entry */
export async function addTiles(source: TilesSource, host: TilesHost, budget: number): Promise<CesiumTiles> {
  const shared: Source = { loader: host.loader, root: source.url, kind: 'content', failures: new Map() };
  const tileset = await openTileset(source, shared, budget);
  if (host.ended.aborted) {
    tileset.destroy();
    throw new TwinError('aborted', `The view ended while a tileset loaded: ${shownUrl(source.url)}`);
  }
  const bounds = boundsOf(tileset);
  if (![bounds.lon, bounds.lat, bounds.height, bounds.radius].every(Number.isFinite)) {
    tileset.destroy();
    throw new TwinError('bad-input', `The tileset has no usable bounding volume: ${shownUrl(source.url)}`, { where: shownUrl(source.url) });
  }
  const toFrame = Matrix4.fromArray([...invertRigid(anchorMatrix({ lon: bounds.lon, lat: bounds.lat, height: 0 }))]);
  const scratch = { toUp: new Matrix4(), eye: new Cartesian3(), sun: new Cartesian3() };
  const state = { visible: true, opacity: 1, styled: null as StyleTexture | null, points: PLAIN_POINTS as PointLook, disposed: false };
  const own = source.features > 0;

  const cloud = source.look === 'points';
  const make = (style: TextureUniform | null): TileShader | PointShader =>
    cloud ? makePointShader({ translucent: state.opacity < 1, light: host.light(), cut: host.cut, opacity: state.opacity, look: state.points }) : makeTileShader({ own, model: source.look === 'model', translucent: state.opacity < 1, light: host.light(), cut: host.cut, style, opacity: state.opacity });
  let look = make(null);
  tileset.customShader = look.shader;
  tileset.backFaceCulling = host.cut.cut === null;
  /** A shader's pass is fixed when it is made: another one where tiles turn translucent or back. */
  const remake = (): void => {
    const old = look;
    look = make(state.styled ? styleUniform(state.styled) : null);
    tileset.customShader = look.shader;
    old.destroy();
  };

  const isBroken = contain(tileset, (cause) => {
    const where = shownUrl(source.url);
    source.onIssue(new TwinError('bad-input', `The tileset cannot be drawn and is left out: ${where} (${toTwinError(cause, 'bad-input').message})`, { where, cause }));
  });
  const forget = tileset.tileFailed.addEventListener(({ url, message }: { url: string; message: string }) => {
    const where = shownUrl(url ?? source.url);
    source.onIssue(shared.failures.get(url) ?? new TwinError('bad-input', `A tile cannot be read: ${where} (${message})`, { where }));
    shared.failures.delete(url);
  });

  const tiles: CesiumTiles = {
    tileset, source, bounds,
    get reach() { return state.points.spacing; },
    get visible() { return state.visible; },
    set visible(value) {
      state.visible = value;
      tileset.show = value && state.opacity > 0;
      host.changed();
    },
    get opacity() { return state.opacity; },
    set opacity(value) {
      const other = value < 1 !== state.opacity < 1;
      state.opacity = value;
      tileset.show = state.visible && value > 0;
      if (other) remake();
      else look.shader.setUniform('u_opacity', value);
      host.changed();
    },
    get bytes() { return state.disposed ? 0 : tileset.totalMemoryUsageInBytes; },
    get progress() {
      const { ready, waiting, starved } = counts(tileset);
      return { loaded: ready, wanted: ready + waiting, refused: starved ? Math.max(1, waiting) : 0, complete: isBroken() || (!starved && tileset.tilesLoaded) };
    },
    get budget() { return tileset.cacheBytes; },
    set budget(value) {
      tileset.cacheBytes = value;
      tileset.maximumCacheOverflowBytes = Math.max(MARGIN, value / 4);
    },
    style(texture) {
      if (!own) return;
      state.styled = texture;
      if (texture) look.shader.setUniform('u_style', styleUniform(texture));
      look.shader.setUniform('u_styled', texture ? 1 : 0);
      host.changed();
    },
    points(next) {
      state.points = next;
      if ('points' in look) look.points(next);
      host.changed();
    },
    prepare(camera, sun) {
      Matrix4.multiplyTransformation(toFrame, camera.inverseViewMatrix, scratch.toUp);
      Matrix4.multiplyByPoint(toFrame, camera.positionWC, scratch.eye);
      Matrix4.multiplyByPointAsVector(toFrame, sun, scratch.sun);
      look.prepare(scratch.toUp, scratch.eye, scratch.sun);
      if ('pixels' in look) look.pixels(host.pixels());
    },
    light(light) { look.light(light); },
    recut() {
      tileset.backFaceCulling = host.cut.cut === null;
      remake();
    },
    dispose() {
      if (state.disposed) return;
      state.disposed = true;
      forget();
      host.primitives.remove(tileset);
      look.destroy();
      host.gone(tiles);
      host.changed();
    },
  };
  host.primitives.add(tileset);
  host.changed();
  return tiles;
}

/** What Cesium counts but does not tell in its public interface. */
function counts(tileset: Cesium3DTileset): { ready: number; waiting: number; starved: boolean } {
  const inner = tileset as unknown as {
    statistics: { numberOfTilesWithContentReady: number; numberOfPendingRequests: number; numberOfTilesProcessing: number };
    memoryAdjustedScreenSpaceError: number;
  };
  const { numberOfTilesWithContentReady: ready, numberOfPendingRequests, numberOfTilesProcessing } = inner.statistics;
  return { ready, waiting: numberOfPendingRequests + numberOfTilesProcessing, starved: inner.memoryAdjustedScreenSpaceError > tileset.maximumScreenSpaceError * 1.01 };
}
