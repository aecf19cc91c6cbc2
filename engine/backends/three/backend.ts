import { Raycaster, Scene, Vector3, WebGLRenderer } from 'three';
import { anchorMatrix, fromEcef, invertRigid, placer, transform, type Matrix, type Placer, type Pose } from '#geo';
import type { Ability, Backend, BackendOptions, ImagerySource, Light, Placed, SurfaceHit, TerrainSource, TilesSource, View } from '../../backend.ts';
import type { Batch, Drawn } from '../../drawing/batch.ts';
import { TerrainList, type JoinedTerrain } from '../../drawing/terrain-list.ts';
import { TwinError } from '../../errors.ts';
import type { ClipRegion } from '../../drawing/clip.ts';
import { CityCamera } from './camera.ts';
import { Clip } from './clip.ts';
import { Controls } from './controls.ts';
import { Flight } from './flight.ts';
import { Ground } from './ground.ts';
import { Imagery } from './imagery.ts';
import { Painter } from './painter.ts';
import { onEllipsoid, rayAt } from './ray.ts';
import { setLight, setView, sharedUniforms, type SharedUniforms } from './shared-uniforms.ts';
import { makeSky } from './sky.ts';
import { geographicOf, Terrain } from './terrain.ts';
import { limitCache, ThreeTiles, tileQueues, type TileWorld } from './tiles.ts';

/** Share of the memory budget that tiles and terrain may fill; pictures and batches take the rest. */
const TILES_SHARE = 0.7;

const seconds = (): number => performance.now() / 1000;

/** three.js and 3d-tiles-renderer: one canvas, one context, one twin. */
export class ThreeBackend implements Backend {
  readonly name = 'three';
  readonly can: Readonly<Record<Ability, boolean>> = { tiles: true, terrain: true, imagery: true, globe: false, screenshot: true, clip: true, shadows: false, underground: true };
  readonly canvas: HTMLCanvasElement;
  readonly view: { pose: Pose; frustum: View['frustum']; width: number; height: number };
  readonly lost: Promise<void>;
  /** For portals that know three.js: the scene and its renderer. Nothing of the twin uses it. */
  readonly native: { readonly scene: Scene; readonly renderer: WebGLRenderer; readonly camera: CityCamera };
  onMove: ((resting: boolean) => void) | null = null;
  readonly #options: BackendOptions;
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera: CityCamera;
  readonly #shared: SharedUniforms = sharedUniforms();
  readonly #worldFromEcef: Matrix;
  readonly #clip: Clip;
  readonly #painter: Painter;
  readonly #imagery: Imagery;
  readonly #ground: Ground;
  readonly #sky: ReturnType<typeof makeSky>;
  readonly #world: TileWorld;
  readonly #tiles = new Set<ThreeTiles>();
  readonly #raycaster = new Raycaster();
  readonly #ended = new AbortController();
  #terrain: Terrain | null = null;
  readonly #terrains: TerrainList;
  #flight: Flight | null = null;
  #dirty = true;
  #wanted = false;
  #resized = true;
  #time = NaN;
  #seen = '';
  #resolution = 1;
  #budget: number;
  #groundBelow = 0;
  #groundOpacity = 1;
  #sounded: Placer | null = null;

  constructor(options: BackendOptions) {
    this.#options = options;
    this.#budget = options.budget;
    this.canvas = options.element.ownerDocument.createElement('canvas');
    Object.assign(this.canvas.style, { display: 'block', width: '100%', height: '100%', outline: 'none' });
    this.#renderer = makeWebGL(this.canvas, options.economy);
    const origin = { lon: options.at[0], lat: options.at[1], height: 0 };
    this.#worldFromEcef = invertRigid(anchorMatrix(origin));
    this.#camera = new CityCamera(origin);
    this.view = { pose: { ...options.pose }, frustum: { fov: 45, offset: [0, 0] }, width: 0, height: 0 };
    this.native = { scene: this.#scene, renderer: this.#renderer, camera: this.#camera };
    const changed = (): void => { this.#dirty = true; };
    this.#imagery = new Imagery(this.#renderer, changed);
    this.#clip = new Clip(this.#worldFromEcef, changed);
    this.#ground = new Ground(this.#shared, this.#worldFromEcef, this.#imagery, this.#clip);
    this.#sky = makeSky(this.#shared, this.#camera);
    this.#scene.matrixWorldAutoUpdate = false;
    this.#scene.add(this.#sky, this.#ground.mesh);
    this.#painter = new Painter({ renderer: this.#renderer, scene: this.#scene, camera: this.#camera, shared: this.#shared, clip: this.#clip, worldFromEcef: this.#worldFromEcef, changed });
    this.#world = { camera: this.#camera, shared: this.#shared, clip: this.#clip, worldFromEcef: this.#worldFromEcef, loader: options.loader, changed, wanted: () => { this.#wanted = true; }, ...tileQueues() };
    this.#terrains = new TerrainList(options.loader, (joined) => this.#raise(joined));
    limitCache(this.#world.cache, this.#budget * TILES_SHARE);
    setLight(this.#shared, options.light);
    options.element.append(this.canvas);
    this.lost = this.#watch();
  }

  /** Follows the element's size, the pointer, and the context's end. */
  #watch(): Promise<void> {
    const { signal } = this.#ended;
    // Resizing empties the canvas: the picture is drawn again before the page is shown.
    const observer = new ResizeObserver(() => {
      this.#measure();
      if (Number.isFinite(this.#time)) this.frame(this.#time);
    });
    observer.observe(this.canvas);
    signal.addEventListener('abort', () => observer.disconnect());
    this.#measure();
    const controls = new Controls({
      canvas: this.canvas, view: this.view, signal,
      under: (x, y) => this.#placeAt(x, y),
      groundHeight: (lon, lat) => this.#heightAt(lon, lat),
      through: () => this.#groundOpacity < 1,
      moved: (resting) => {
        this.#flight?.stop();
        this.#flight = null;
        this.#dirty = true;
        this.onMove?.(resting);
      },
    });
    controls.listen();
    return new Promise((resolve) => {
      this.canvas.addEventListener('webglcontextlost', (event) => {
        event.preventDefault();
        if (!signal.aborted) resolve();
      }, { signal });
    });
  }

  #measure(): void {
    this.view.width = this.canvas.clientWidth;
    this.view.height = this.canvas.clientHeight;
    this.#resized = true;
    this.#dirty = true;
  }

  /** Just before a frame is drawn, since it empties the canvas. */
  #resize(): void {
    const { width, height } = this.view;
    this.#resized = false;
    const ratio = (this.#options.economy ? 0.5 : Math.min(globalThis.devicePixelRatio || 1, 2)) * this.#resolution;
    this.#renderer.setPixelRatio(ratio);
    this.#renderer.setSize(width, height, false);
    const { width: deviceWidth, height: deviceHeight } = this.canvas;
    this.#shared.viewport.value.set(deviceWidth, deviceHeight);
    this.#shared.pixelRatio.value = deviceHeight / height;
  }

  get resolution(): number { return this.#resolution; }
  set resolution(resolution: number) {
    const next = Math.max(0.25, Math.min(1, resolution));
    if (next === this.#resolution) return;
    this.#resolution = next;
    this.#resized = true;
    this.#dirty = true;
  }

  get budget(): number { return this.#budget; }
  set budget(bytes: number) {
    this.#budget = bytes;
    limitCache(this.#world.cache, bytes * TILES_SHARE);
    this.#dirty = true;
  }

  get bytes(): number {
    return this.#painter.bytes + this.#imagery.bytes + (this.#world.cache as unknown as { cachedBytes: number }).cachedBytes;
  }

  draw(batch: Batch): Drawn {
    this.#alive();
    return this.#painter.draw(batch);
  }

  #alive(): void {
    if (this.#ended.signal.aborted) throw new TwinError('backend-lost', 'This view was disposed; nothing can be drawn in it any more.');
  }

  async tiles(source: TilesSource): Promise<ThreeTiles> {
    this.#alive();
    const tiles = new ThreeTiles(this.#world, source, (gone) => this.#tiles.delete(gone));
    this.#tiles.add(tiles);
    tiles.renderer.setResolution(this.#camera, Math.max(1, this.view.width), Math.max(1, this.view.height));
    this.#scene.add(tiles.renderer.group);
    const ended = new Promise<never>((_, reject) => {
      this.#ended.signal.addEventListener('abort', () => reject(new TwinError('aborted', 'The view was disposed while a tileset loaded.')), { once: true });
    });
    try {
      await Promise.race([tiles.start(), ended]);
      this.#dirty = true;
      return tiles;
    } catch (error) {
      tiles.dispose();
      throw error;
    }
  }

  async terrain(source: TerrainSource): Promise<{ dispose(): void }> {
    this.#alive();
    return this.#terrains.add(source);
  }

  async #raise(joined: JoinedTerrain | null): Promise<void> {
    if (this.#ended.signal.aborted) return;
    const terrain = joined && (await Terrain.load({ ...this.#world, loader: joined.loader }, joined.url, this.#ground.terrainMaterial, this.#options.onIssue));
    if (this.#ended.signal.aborted) return terrain?.dispose();
    this.#terrain?.dispose();
    this.#terrain = terrain;
    if (terrain) this.#scene.add(terrain.renderer.group);
    this.#dirty = true;
  }

  imagery(source: ImagerySource): Placed {
    this.#alive();
    return this.#imagery.place(source);
  }

  get groundOpacity(): number { return this.#groundOpacity; }
  set groundOpacity(opacity: number) {
    const next = Math.max(0, Math.min(1, opacity));
    if (next === this.#groundOpacity) return;
    this.#groundOpacity = next;
    this.#dirty = true;
  }

  async clip(regions: readonly ClipRegion[]): Promise<void> {
    this.#alive();
    await this.#clip.set(regions);
  }

  light(light: Light): void {
    setLight(this.#shared, light);
    this.#dirty = true;
  }

  async look(pose: Pose, duration = 0): Promise<void> {
    this.#flight?.stop();
    this.#flight = null;
    if (duration > 0) {
      this.#flight = new Flight(this.view.pose, pose, seconds(), duration);
      this.#dirty = true;
      return this.#flight.done;
    }
    this.view.pose = { ...pose };
    this.#dirty = true;
    this.onMove?.(true);
  }

  #ray(x: number, y: number): Raycaster {
    const { origin, direction } = rayAt(this.view, x, y);
    const m = this.#worldFromEcef;
    const turn = (row: number): number => m[row] * direction[0] + m[4 + row] * direction[1] + m[8 + row] * direction[2];
    this.#raycaster.set(new Vector3(...transform(m, origin[0], origin[1], origin[2], new Float64Array(3))), new Vector3(turn(0), turn(1), turn(2)));
    return this.#raycaster;
  }

  async surfaceAt(x: number, y: number): Promise<SurfaceHit | null> {
    if (this.view.width === 0) return null;
    const ray = this.#ray(x, y);
    let nearest = this.#terrain?.hit(ray)?.distance ?? Infinity;
    let found: SurfaceHit | null = null;
    if (nearest < Infinity) {
      const [lon, lat, height] = geographicOf(this.#worldFromEcef, ray.ray.at(nearest, new Vector3()));
      found = { lon, lat, height, feature: null };
    } else {
      const ground = this.#ellipsoidAt(x, y);
      if (ground) {
        nearest = ground.distance;
        found = { lon: ground.place[0], lat: ground.place[1], height: 0, feature: null };
      }
    }
    for (const tiles of this.#tiles) {
      const hit = tiles.hit(ray);
      if (!hit || hit.distance >= nearest) continue;
      nearest = hit.distance;
      const [lon, lat, height] = geographicOf(this.#worldFromEcef, hit.point);
      found = { lon, lat, height, feature: hit.feature === null ? null : { tiles, number: hit.feature, properties: hit.properties() } };
    }
    return found;
  }

  #ellipsoidAt(x: number, y: number): { place: Float64Array; distance: number } | null {
    const ray = rayAt(this.view, x, y);
    const point = onEllipsoid(ray);
    if (!point || (this.#clip.ground.cut && (this.#terrain?.shown || this.#clip.ground.cut.cuts(point[0], point[1], point[2])))) return null;
    return { place: fromEcef(point[0], point[1], point[2], new Float64Array(3)), distance: Math.hypot(point[0] - ray.origin[0], point[1] - ray.origin[1], point[2] - ray.origin[2]) };
  }

  #placeAt(x: number, y: number): readonly [number, number, number] | null {
    const ray = this.#ray(x, y);
    let nearest = this.#terrain?.hit(ray)?.distance ?? this.#ellipsoidAt(x, y)?.distance ?? Infinity;
    for (const tiles of this.#tiles) nearest = Math.min(nearest, tiles.hit(ray)?.distance ?? Infinity);
    if (nearest === Infinity) return null;
    const [lon, lat, height] = geographicOf(this.#worldFromEcef, ray.ray.at(nearest, new Vector3()));
    return [lon, lat, height];
  }

  #heightAt(lon: number, lat: number): number {
    return this.#terrain?.heightAt(lon, lat) ?? 0;
  }

  requestFrame(): void {
    this.#dirty = true;
  }

  frame(time: number): boolean {
    if (this.#ended.signal.aborted || this.view.width === 0 || this.view.height === 0 || this.#renderer.getContext().isContextLost()) return false;
    if (this.#flight) this.#fly(this.#flight);
    const { pose, frustum } = this.view;
    const seen = `${pose.lon},${pose.lat},${pose.height},${pose.heading},${pose.pitch},${pose.roll},${frustum.fov},${frustum.offset},${this.view.width},${this.view.height}`;
    const loading = this.#loading();
    const moved = seen !== this.#seen;
    const moving = time !== this.#time && this.#painter.moves;
    const asked = this.#dirty || moved || this.#resized;
    const follow = asked || loading || this.#wanted;
    if (!follow && !moving) return false;
    this.#seen = seen;
    this.#dirty = this.#wanted = false;
    this.#time = time;
    if (this.#resized) this.#resize();
    if (follow) this.#follow(moved);
    // While tiles come, only those that are seen need another picture: on weak machines each costs more than a tile.
    if (!asked && !moving && !this.#dirty) return false;
    this.#dirty = false;
    this.#painter.at(time);
    this.#renderer.render(this.#scene, this.#camera);
    return true;
  }

  #fly(flight: Flight): void {
    const { pose, arrived } = flight.at(seconds());
    this.view.pose = pose;
    if (arrived) this.#flight = null;
    this.onMove?.(arrived);
  }

  #loading(): boolean {
    for (const tiles of this.#tiles) if (tiles.loading) return true;
    return this.#terrain?.loading ?? false;
  }

  /** Measures the ground below the eye anew when the eye has gone on by a good part of its height. */
  #sound(pose: Pose): void {
    if (!this.#terrain) return;
    const [east, north] = this.#sounded?.place(pose.lon, pose.lat, 0, new Float64Array(3)) ?? [Infinity, 0];
    if (Math.hypot(east, north) < Math.max(5, (pose.height - this.#groundBelow) * 0.1)) return;
    const height = this.#terrain.heightAt(pose.lon, pose.lat);
    if (height === null) return;
    this.#sounded = placer({ lon: pose.lon, lat: pose.lat, height: 0 });
    this.#groundBelow = height;
  }

  /** Brings camera, ground, pictures and tiles to the pose. */
  #follow(moved: boolean): void {
    const { pose, frustum, width, height } = this.view;
    if (moved) this.#sound(pose);
    this.#camera.stand(pose, frustum, width / height, Math.abs(pose.height - this.#groundBelow));
    setView(this.#shared, this.#camera);
    this.#clip.follow(pose);
    this.#shared.groundCut.value = this.#clip.ground.cut ? 1 : 0;
    this.#ground.follow(pose);
    this.#ground.through(this.#groundOpacity, pose.height >= this.#groundBelow);
    this.#painter.glassGround = this.#groundOpacity < 1;
    this.#imagery.follow(pose, this.view, this.#ground.anchor);
    for (const tiles of this.#tiles) {
      tiles.renderer.setResolution(this.#camera, width, height);
      tiles.update();
    }
    if (this.#terrain) {
      this.#terrain.glass = this.#groundOpacity < 1;
      this.#terrain.renderer.setResolution(this.#camera, width, height);
      this.#terrain.update();
    }
    // After the terrain, which may have come in this very frame.
    this.#ground.mesh.visible = !this.#terrain?.shown;
  }

  dispose(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#flight?.stop();
    for (const tiles of this.#tiles) tiles.dispose();
    this.#terrain?.dispose();
    this.#painter.dispose();
    this.#imagery.dispose();
    this.#ground.dispose();
    this.#clip.dispose();
    this.#sky.geometry.dispose();
    (this.#sky.material as { dispose(): void }).dispose();
    this.#renderer.dispose();
    this.#renderer.forceContextLoss();
    this.canvas.remove();
  }
}

function makeWebGL(canvas: HTMLCanvasElement, economy: boolean): WebGLRenderer {
  try {
    const renderer = new WebGLRenderer({ canvas, antialias: !economy, reversedDepthBuffer: true, powerPreference: 'high-performance', alpha: false, stencil: false });
    // Asking for errors waits for the compiler; where tests run it is worth it.
    renderer.debug.checkShaderErrors = economy;
    renderer.info.autoReset = true;
    return renderer;
  } catch (cause) {
    throw new TwinError('backend-unavailable', 'This browser gives no WebGL 2 context: three.js cannot draw. Turn on hardware acceleration or use a current browser.', { cause });
  }
}
