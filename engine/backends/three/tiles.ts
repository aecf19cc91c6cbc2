import { Matrix3, Matrix4, Mesh, Points, Sphere, type Object3D, type Raycaster, type RawShaderMaterial } from 'three';
import { TilesRenderer } from '3d-tiles-renderer/three';
import { GLTFExtensionsPlugin } from '3d-tiles-renderer/three/plugins';
import { DEFAULT_DOWNLOAD_QUEUE, DEFAULT_LRU_CACHE, DEFAULT_NODE_QUEUE, DEFAULT_PARSE_QUEUE, DownloadPriorityQueue, LRUCache, PriorityQueue } from '3d-tiles-renderer/core';
import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { anchorMatrix, fromEcef, invertRigid, type Matrix } from '#geo';
import type { PointLook } from '../../drawing/point-look.ts';
import type { DrawnTiles, StyleTexture, TileLoader, TilesSource } from '../../backend.ts';
import { shownUrl, toTwinError, TwinError } from '../../errors.ts';
import type { CityCamera } from './camera.ts';
import type { Clip } from './clip.ts';
import { featureProperties } from './feature-properties.ts';
import { ImplicitTiling } from './implicit.ts';
import { ownPictures } from './pictures.ts';
import { PointStyle, pointMaterial } from './point-material.ts';
import type { SharedUniforms } from './shared-uniforms.ts';
import { TileStyle, tileMaterial } from './tile-material.ts';

/** What all tilesets and the terrain of one twin share; never the library's page-wide defaults. */
export interface TileWorld {
  readonly camera: CityCamera;
  readonly shared: SharedUniforms;
  readonly clip: Clip;
  readonly worldFromEcef: Matrix;
  readonly loader: TileLoader;
  readonly cache: LRUCache;
  readonly download: DownloadPriorityQueue;
  readonly parse: PriorityQueue;
  readonly nodes: PriorityQueue;
  readonly changed: () => void;
  /** Tiles are to be chosen anew; the picture stays until others are. */
  readonly wanted: () => void;
}

const priorityOf = (queue: object): ((a: unknown, b: unknown) => number) => (queue as { priorityCallback: (a: unknown, b: unknown) => number }).priorityCallback;

/** Caches and queues of one twin, with the library's own order of priorities. */
export function tileQueues(): Pick<TileWorld, 'cache' | 'download' | 'parse' | 'nodes'> {
  const cache = new LRUCache();
  cache.unloadPriorityCallback = DEFAULT_LRU_CACHE.unloadPriorityCallback;
  const download = Object.assign(new DownloadPriorityQueue(), { maxJobsPerOrigin: 64, priorityCallback: priorityOf(DEFAULT_DOWNLOAD_QUEUE) });
  const parse = Object.assign(new PriorityQueue(), { maxJobs: 3, priorityCallback: priorityOf(DEFAULT_PARSE_QUEUE) });
  const nodes = Object.assign(new PriorityQueue(), { maxJobs: 25, priorityCallback: priorityOf(DEFAULT_NODE_QUEUE) });
  return { cache, download, parse, nodes };
}

/** Limits the cache of all tilesets together. */
export function limitCache(cache: LRUCache, bytes: number): void {
  cache.maxBytesSize = bytes;
  cache.minBytesSize = bytes * 0.7;
}

/** Fetches everything of one root through the twin's loader. Nothing settles any more once it is disposed. */
export class LoaderPlugin {
  readonly name = 'CITYMIRROR_LOADER';
  readonly priority = 1000;
  readonly #loader: TileLoader;
  readonly #root: string;
  readonly #kind: 'terrain' | 'content';
  readonly #ended = new AbortController();
  readonly #implicit = new ImplicitTiling();
  #tiles: TilesRenderer | null = null;

  constructor(loader: TileLoader, root: string, kind: 'terrain' | 'content') {
    this.#loader = loader;
    this.#root = root;
    this.#kind = kind;
  }

  init(tiles: TilesRenderer): void {
    this.#tiles = tiles;
  }

  parseTile(content: unknown, tile: { implicitTiling?: unknown }, extension: string): Promise<unknown> | undefined {
    return this.#implicit.parseTile(content, tile, extension);
  }

  async fetchData(url: string | URL, options: RequestInit): Promise<Response | ArrayBuffer | object> {
    const address = String(url);
    const path = address.split(/[?#]/, 1)[0];
    const json = path.endsWith('.json');
    const kind = !json ? this.#kind : this.#kind === 'terrain' ? 'json' : 'tileset';
    const signal = options.signal ? AbortSignal.any([options.signal, this.#ended.signal]) : this.#ended.signal;
    try {
      const bytes = await this.#loader.load(address, { kind, root: this.#root, signal });
      if (kind === 'tileset') await this.#implicit.prepare(bytes, this.#tiles);
      return json ? new Response(bytes) : bytes;
    } catch (error) {
      if (this.#ended.signal.aborted) return new Promise(() => {});
      throw error;
    }
  }

  dispose(): void {
    this.#ended.abort();
  }
}

/** A renderer that shares nothing with other twins, standing in the twin's own metres. */
export function makeRenderer(world: TileWorld, url: string, kind: 'terrain' | 'content'): TilesRenderer {
  const tiles = new TilesRenderer(url);
  Object.assign(tiles, { lruCache: world.cache, downloadQueue: world.download, parseQueue: world.parse, processNodeQueue: world.nodes });
  tiles.registerPlugin(new LoaderPlugin(world.loader, url, kind));
  tiles.group.matrixAutoUpdate = false;
  tiles.group.matrix.fromArray(world.worldFromEcef);
  tiles.group.updateMatrixWorld(true);
  tiles.setCamera(world.camera);
  // More was loaded: the choice of tiles goes on. Another picture is only needed once other tiles are seen.
  tiles.addEventListener('needs-update', world.wanted);
  for (const type of ['needs-render', 'tile-visibility-change'] as const) tiles.addEventListener(type as 'needs-update', world.changed);
  return tiles;
}

interface Stats { queued: number; downloading: number; parsing: number; failed: number; used: number; visible: number; refused: number; loaded: number }

export const statsOf = (tiles: TilesRenderer): Stats => (tiles as unknown as { stats: Stats }).stats;

/** What a ray meets of a tileset. */
export interface TileHit {
  readonly distance: number;
  readonly point: { x: number; y: number; z: number };
  /** Number of the feature; −1 for a point of a cloud, null where there is none. */
  readonly feature: number | null;
  properties(): Record<string, unknown>;
}

/** Class and strength of a point, as far as its content has them. */
function pointProperties({ geometry: { attributes } }: Points, index: number): { classification?: number; intensity?: number } {
  const { _classification, _intensity } = attributes;
  return { ...(_classification && { classification: _classification.getX(index) }), ...(_intensity && { intensity: _intensity.getX(index) }) };
}

/** Coarsest aim (pixels) when memory runs out. */
const COARSEST = 96;

/** One 3D Tiles dataset in the scene. */
export class ThreeTiles implements DrawnTiles {
  readonly renderer: TilesRenderer;
  readonly source: TilesSource;
  readonly style_: TileStyle;
  /** In a point cloud. */
  readonly #points: PointStyle | null;
  readonly #world: TileWorld;
  readonly #materials = new Map<Object3D, RawShaderMaterial[]>();
  readonly #removed: (tiles: ThreeTiles) => void;
  #calm = 0;
  #told = false;
  #ended = false;

  constructor(world: TileWorld, source: TilesSource, removed: (tiles: ThreeTiles) => void) {
    this.#world = world;
    this.source = source;
    this.#removed = removed;
    this.style_ = new TileStyle(source.look === 'model');
    this.#points = source.look === 'points' ? new PointStyle() : null;
    this.renderer = makeRenderer(world, source.url, 'content');
    this.renderer.errorTarget = source.detail ?? 16;
    this.renderer.registerPlugin(new GLTFExtensionsPlugin({ metadata: true, rtc: true, meshoptDecoder: MeshoptDecoder, plugins: [ownPictures] } as ConstructorParameters<typeof GLTFExtensionsPlugin>[0]));
    this.renderer.addEventListener('load-model', ({ scene }) => this.#dress(scene));
    this.renderer.addEventListener('dispose-model', ({ scene }) => this.#undress(scene));
  }

  /** Resolves when the tileset's entry is there. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.renderer.addEventListener('load-root-tileset', () => resolve());
      this.renderer.addEventListener('load-error', ({ tile, error, url }) => {
        const known = toTwinError(error, 'bad-input', shownUrl(String(url)));
        if (tile === null) reject(known);
        else this.source.onIssue(known);
        this.#world.changed();
      });
      this.renderer.update();
    });
  }

  #dress(scene: Object3D): void {
    scene.updateMatrixWorld(true);
    // Straight after loading the scene hangs nowhere or in the group; either way its own matrix leads to earth-centred metres.
    const groupInverse = new Matrix4().fromArray(invertRigid(this.#world.worldFromEcef));
    const hanging = scene.parent !== null;
    const sphere = new Sphere();
    const dressed: RawShaderMaterial[] = [];
    scene.traverse((object) => {
      if (!(object instanceof Mesh || (this.#points && object instanceof Points))) return;
      const toEcef = hanging ? groupInverse.clone().multiply(object.matrixWorld) : object.matrixWorld.clone();
      object.geometry.computeBoundingSphere();
      sphere.copy(object.geometry.boundingSphere!).applyMatrix4(toEcef);
      const middle = fromEcef(sphere.center.x, sphere.center.y, sphere.center.z, new Float64Array(3));
      const placeFromEcef = new Matrix4().fromArray(invertRigid(anchorMatrix({ lon: middle[0], lat: middle[1], height: 0 })));
      const worldToPlace = new Matrix3().setFromMatrix4(placeFromEcef.clone().multiply(groupInverse));
      const material = this.#points && object instanceof Points
        ? pointMaterial(object, placeFromEcef.multiply(toEcef), this.#points, this.style_.uniforms.u_opacity, this.#world.shared)
        : tileMaterial(object as Mesh, placeFromEcef.multiply(toEcef), worldToPlace, this.style_, this.#world.shared);
      this.#world.clip.tiles.wear(material);
      this.#blend(material);
      object.material = material;
      object.renderOrder = this.source.order;
      dressed.push(material);
    });
    this.#materials.set(scene, dressed);
    this.#world.changed();
  }

  #undress(scene: Object3D): void {
    for (const material of this.#materials.get(scene) ?? []) material.dispose();
    this.#materials.delete(scene);
  }

  #blend(material: RawShaderMaterial): void {
    material.transparent = this.opacity < 1;
  }

  style(texture: StyleTexture | null): void {
    this.style_.set(texture);
    this.#world.changed();
  }

  points(look: PointLook): void {
    this.#points?.set(look);
    this.#world.changed();
  }

  get visible(): boolean { return this.renderer.group.visible; }
  set visible(visible: boolean) { this.renderer.group.visible = visible; this.#world.changed(); }

  get opacity(): number { return this.style_.uniforms.u_opacity.value as number; }
  set opacity(opacity: number) {
    this.style_.uniforms.u_opacity.value = opacity;
    for (const materials of this.#materials.values()) for (const material of materials) this.#blend(material);
    this.#world.changed();
  }

  /** One step of choosing and loading; called for frames that are drawn. */
  update(): void {
    if (!this.visible) return;
    this.renderer.update();
    const stats = statsOf(this.renderer);
    this.#calm = stats.queued + stats.downloading + stats.parsing === 0 ? this.#calm + 1 : 0;
    this.#yield(stats.refused);
  }

  /** With more wanted than memory holds the library leaves holes in silence; a coarser aim shows the whole city instead. */
  #yield(refused: number): void {
    const detail = this.source.detail ?? 16;
    if (refused > 0 && this.#calm > 1 && this.renderer.errorTarget < COARSEST) {
      this.renderer.errorTarget = Math.min(COARSEST, this.renderer.errorTarget * 1.4);
      this.#world.changed();
    } else if (refused === 0 && this.renderer.errorTarget > detail && (this.#world.cache as unknown as { cachedBytes: number }).cachedBytes < this.#world.cache.maxBytesSize * 0.6) {
      this.renderer.errorTarget = Math.max(detail, this.renderer.errorTarget / 1.2);
    }
    if (refused > 0 && this.renderer.errorTarget >= COARSEST && !this.#told) {
      this.#told = true;
      this.source.onIssue(new TwinError('too-large', 'The tiles in view need more graphics memory than the twin may use: some are left out. Raise the budget or go closer.', { where: shownUrl(this.source.url) }));
    }
  }

  get loading(): boolean { return this.visible && this.#calm < 2; }

  get bytes(): number {
    let bytes = this.style_.bytes;
    const { lruCache } = this.renderer;
    this.renderer.forEachLoadedModel((_, tile) => { bytes += lruCache.getMemoryUsage(tile) ?? 0; });
    return bytes;
  }

  get progress(): DrawnTiles['progress'] {
    const stats = statsOf(this.renderer);
    const waiting = stats.queued + stats.downloading + stats.parsing;
    return { loaded: stats.visible ?? 0, wanted: (stats.visible ?? 0) + waiting, refused: stats.refused ?? 0, complete: this.renderer.root !== null && this.#calm >= 2 && !stats.refused };
  }

  get bounds(): DrawnTiles['bounds'] {
    const sphere = new Sphere();
    this.renderer.getBoundingSphere(sphere);
    const [lon, lat, height] = fromEcef(sphere.center.x, sphere.center.y, sphere.center.z, new Float64Array(3));
    return { lon, lat, height, radius: sphere.radius };
  }

  /** What a ray meets first of what is shown. */
  hit(raycaster: Raycaster): TileHit | null {
    if (!this.visible) return null;
    // Points have no size of their own: what is nearer than half way to the next is met.
    if (this.#points) raycaster.params.Points.threshold = Math.max(this.#points.look.spacing, 0.02);
    const hits = raycaster.intersectObject(this.renderer.group, true);
    for (const found of hits) {
      if (this.#points && found.object instanceof Points) {
        const point = pointProperties(found.object, found.index ?? 0);
        if (this.#points.hides(point.classification ?? 0) || this.#world.clip.cuts('tiles', found.point)) continue;
        return { distance: found.distance, point: found.point, feature: -1, properties: () => point };
      }
      const mesh = found.object as Mesh;
      const column = mesh.geometry?.attributes['_feature_id_1'];
      const feature = column && found.face ? Math.round(column.getX(found.face.a)) : null;
      if ((feature !== null && this.style_.hides(feature)) || this.#world.clip.cuts('tiles', found.point)) continue;
      return { distance: found.distance, point: found.point, feature, properties: () => featureProperties(mesh, found.face?.a ?? 0) };
    }
    return null;
  }

  dispose(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#removed(this);
    this.renderer.dispose();
    this.renderer.group.removeFromParent();
    for (const scene of this.#materials.keys()) this.#undress(scene);
    this.style_.dispose();
    this.#points?.dispose();
    this.#world.changed();
  }
}
