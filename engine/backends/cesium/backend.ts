import { CameraEventType, Cartesian3, Cartesian4, Color, DirectionalLight, JulianDate, KeyboardEventModifier, type Scene, type SkyBox } from '@cesium/engine';
import { anchorMatrix, transform, type Frustum, type Pose } from '#geo';
import type { Backend, BackendOptions, CreateBackend, Light, Placed, TerrainSource, View } from '../../backend.ts';
import { sunDirection } from '../../drawing/light.ts';
import { ripplePhase } from '../../drawing/tile-look.ts';
import type { ClipRegion } from '../../drawing/clip.ts';
import { TerrainList, type JoinedTerrain } from '../../drawing/terrain-list.ts';
import { TwinError, toTwinError } from '../../errors.ts';
import { useAssets } from './assets.ts';
import { placed, poseOf, setPose } from './camera.ts';
import { Clip } from './clip.ts';
import { GroundPictures, bareEllipsoid, openTerrain } from './ground.ts';
import { clearColour, lightUniforms, makeGroundMaterial } from './look.ts';
import { Painter, type FrameValues } from './painter.ts';
import { pixelRay, surfaceOn } from './pick.ts';
import { mount, type Mounted } from './scene.ts';
import { Sky } from './sky.ts';
import { addTiles, type CesiumTiles } from './tiles.ts';

/** The concrete backend: a portal that knows Cesium may reach through `native`; no layer does. */
export interface CesiumBackend extends Backend {
  readonly native: Scene;
}

/** Milliseconds without a change after which the camera rests. */
const REST = 250;
/** Milliseconds between frames drawn only to let tiles come. */
const WAITING = 80;
/** Share of a memory budget that tilesets may keep; the rest is ground, batches and buffers. */
const TILES_SHARE = 0.6;

/** Any moment before 1974: Cesium then computes no earth orientation, which would fetch a table nobody looks at (the sun is the twin's). */
const MOMENT = new JulianDate(2440000, 0);

class Cesium implements CesiumBackend {
  readonly name = 'cesium';
  readonly can = { tiles: true, terrain: true, imagery: true, globe: true, screenshot: true, clip: true, shadows: false, underground: true } as const;
  readonly canvas: HTMLCanvasElement;
  readonly native: Scene;
  readonly view: View;
  readonly lost: Promise<void>;
  onMove: ((resting: boolean) => void) | null = null;
  resolution = 1;

  private readonly ripples = new Cartesian3();
  private readonly values: FrameValues = { time: 0, pixelRatio: 1, sun: new Cartesian3(0, 0, 1), key: new Cartesian4(), fill: new Cartesian4() };
  private readonly painter: Painter;
  private readonly cuts: Clip;
  private readonly sky: Sky;
  private readonly pictures: GroundPictures;
  private readonly tilesets: CesiumTiles[] = [];
  private readonly ended = new AbortController();
  private readonly size = { width: 0, height: 0, ratio: 0 };
  private lose!: () => void;
  private current: Light;
  private readonly terrains: TerrainList;
  private pose: Pose;
  private frustum: Frustum = { fov: 45, offset: [0, 0] };
  private limit: number;
  private stopped = false;
  private solidity = 1;
  private movedAt = 0;
  private moving = false;
  private landing: (() => void) | null = null;
  private waitedAt = 0;
  private lastTime = Number.NaN;

  constructor(private readonly mounted: Mounted, private readonly options: BackendOptions) {
    const { scene, canvas } = mounted;
    this.canvas = canvas;
    this.native = scene;
    this.limit = options.budget;
    this.current = options.light;
    this.pose = { ...options.pose };
    this.lost = new Promise((settle) => { this.lose = settle; });
    this.cuts = new Clip(mounted.inner.context);
    scene.primitives.add(this.cuts);
    this.painter = new Painter(mounted.inner.context, this.values, this.cuts.ground, () => this.requestFrame());
    scene.primitives.add(this.painter);
    this.sky = new Sky(mounted.inner.context, options.light, this.values.sun);
    scene.skyBox = this.sky as unknown as SkyBox;
    this.pictures = new GroundPictures(scene.globe, scene.imageryLayers, () => this.requestFrame());
    this.terrains = new TerrainList(options.loader, (joined) => this.raise(joined));
    this.view = this.makeView();
    this.watch();
    steer(scene);
    this.dressGround(false);
    this.light(options.light);
    setPose(scene.camera, this.pose);
  }

  private makeView(): View {
    const self = (): Cesium => this;
    return {
      get pose() { return self().pose; },
      set pose(pose) { self().put(pose); },
      get frustum() { return self().frustum; },
      set frustum(frustum) {
        self().frustum = frustum;
        self().size.ratio = 0;
        self().requestFrame();
      },
      get width() { return self().canvas.clientWidth; },
      get height() { return self().canvas.clientHeight; },
    };
  }

  private watch(): void {
    const { signal } = this.ended;
    const { scene } = this.mounted;
    this.canvas.addEventListener('webglcontextlost', () => this.stop(), { signal });
    signal.addEventListener('abort', scene.renderError.addEventListener((_: Scene, cause: unknown) => {
      if (this.stopped) return;
      this.stop();
      const error = toTwinError(cause, 'backend-lost');
      this.options.onIssue(new TwinError('backend-lost', `The globe could not draw and is built again: ${error.message}`, { cause, retryable: true }));
    }));
    const observer = new ResizeObserver(() => { this.size.ratio = 0; this.requestFrame(); });
    observer.observe(this.mounted.root);
    signal.addEventListener('abort', () => observer.disconnect());
  }

  private stop(): void {
    this.stopped = true;
    this.lose();
  }

  private put(pose: Pose): void {
    this.native.camera.cancelFlight();
    this.pose = { ...pose };
    setPose(this.native.camera, pose);
    this.requestFrame();
  }

  /** Fits the drawing buffer to the element. @returns false while there is nothing to draw on */
  private fit(): boolean {
    const { size, canvas, mounted } = this;
    const ratio = (this.options.economy ? 0.5 : Math.min(window.devicePixelRatio || 1, 2)) * this.resolution;
    if (size.ratio !== ratio) {
      size.width = canvas.clientWidth;
      size.height = canvas.clientHeight;
      size.ratio = ratio;
      if (size.width > 0 && size.height > 0) {
        canvas.width = Math.max(1, Math.round(size.width * ratio));
        canvas.height = Math.max(1, Math.round(size.height * ratio));
        mounted.inner.pixelRatio = this.values.pixelRatio = ratio;
        mounted.frustum.set(this.frustum, size.width / size.height);
        this.requestFrame();
      }
    }
    return size.width > 0 && size.height > 0;
  }

  frame(time: number): boolean {
    if (this.stopped || !this.fit()) return false;
    const { inner, scene } = this.mounted;
    this.values.time = time;
    if (time !== this.lastTime && this.painter.moving) this.requestFrame();
    this.lastTime = time;
    const now = performance.now();
    if (now - this.waitedAt > WAITING && this.tilesets.some((tiles) => tiles.visible && !tiles.progress.complete)) {
      this.waitedAt = now;
      this.requestFrame();
    }
    inner.initializeFrame();
    this.follow(now);
    for (const tiles of this.tilesets) tiles.prepare(scene.camera, this.values.sun);
    const [east, north] = ripplePhase(this.pose.lon, this.pose.lat);
    scene.globe.material!.uniforms.city_ripples = Cartesian3.fromElements(east, north, this.pictures.watery ? 1 : 0, this.ripples);
    this.painter.glass = this.tilesets.some((tiles) => tiles.visible && tiles.opacity < 1);
    inner.render(MOMENT);
    if (!inner.frameState.newFrame) return false;
    this.pictures.settle();
    return !this.stopped;
  }

  /** Says when the camera moved and when it came to rest. */
  private follow(now: number): void {
    const before = this.pose;
    const pose = poseOf(this.native.camera);
    const moved = Math.abs(pose.lon - before.lon) > 1e-9 || Math.abs(pose.lat - before.lat) > 1e-9 || Math.abs(pose.height - before.height) > 1e-4
      || Math.abs(pose.pitch - before.pitch) > 1e-5 || Math.abs(((pose.heading - before.heading + 540) % 360) - 180) > 1e-5 || Math.abs(pose.roll - before.roll) > 1e-5;
    if (moved) {
      this.pose = pose;
      this.moving = true;
      this.movedAt = now;
      this.onMove?.(false);
    } else if (this.moving && now - this.movedAt > REST) {
      this.moving = false;
      this.onMove?.(true);
    }
  }

  draw(batch: Parameters<Backend['draw']>[0]): ReturnType<Backend['draw']> {
    this.alive();
    return this.painter.draw(batch);
  }

  async tiles(source: Parameters<Backend['tiles']>[0]): ReturnType<Backend['tiles']> {
    this.alive();
    const tiles = await addTiles(source, {
      primitives: this.native.primitives, loader: this.options.loader, light: () => this.current, cut: this.cuts.tiles, changed: () => this.requestFrame(), pixels: () => this.values.pixelRatio,
      gone: (item) => {
        this.tilesets.splice(this.tilesets.indexOf(item), 1);
        this.deal();
      },
      ended: this.ended.signal,
    }, this.limit * TILES_SHARE);
    this.tilesets.push(tiles);
    this.deal();
    return tiles;
  }

  async terrain(source: TerrainSource): Promise<{ dispose(): void }> {
    this.alive();
    return this.terrains.add(source);
  }

  private async raise(joined: JoinedTerrain | null): Promise<void> {
    if (this.stopped) return;
    const provider = joined ? await openTerrain(joined, this.options.onIssue) : bareEllipsoid();
    if (this.stopped) return;
    this.native.terrainProvider = provider;
    this.dressGround(provider.hasVertexNormals);
    this.requestFrame();
  }

  private dressGround(normals: boolean): void {
    const { globe } = this.native;
    const before = globe.material;
    globe.material = makeGroundMaterial(this.current, this.cuts.ground, normals);
    before?.destroy();
  }

  imagery(source: Parameters<Backend['imagery']>[0]): Placed {
    this.alive();
    return this.pictures.add(source);
  }

  get groundOpacity(): number { return this.solidity; }
  set groundOpacity(opacity: number) {
    if (this.stopped) return;
    this.solidity = Math.max(0, Math.min(1, opacity));
    const glass = this.solidity < 1;
    const { globe, screenSpaceCameraController: controls } = this.native;
    Object.assign(globe.translucency, { enabled: glass, frontFaceAlpha: this.solidity, backFaceAlpha: 0 });
    controls.enableCollisionDetection = !glass;
    this.painter.glassGround = glass;
    this.sky.glassGround = glass;
    this.requestFrame();
  }

  async clip(regions: readonly ClipRegion[]): Promise<void> {
    this.alive();
    const { tiles, ground } = this.cuts;
    const before = { tiles: tiles.cut !== null, ground: ground.cut !== null };
    this.cuts.set(regions);
    if (before.tiles !== (tiles.cut !== null)) for (const tileset of this.tilesets) tileset.recut();
    if (before.ground !== (ground.cut !== null)) {
      this.dressGround((this.native.terrainProvider as { hasVertexNormals?: boolean }).hasVertexNormals ?? false);
      this.painter.recut();
      this.sky.cutGround = ground.cut !== null;
    }
    this.requestFrame();
  }

  light(light: Light): void {
    this.current = light;
    const { values, native: scene } = this;
    const local = sunDirection(light);
    const frame = anchorMatrix({ lon: this.options.at[0], lat: this.options.at[1], height: 0 });
    frame[12] = frame[13] = frame[14] = 0;
    const sun = transform(frame, local[0], local[1], local[2], [0, 0, 0]);
    Cartesian3.fromElements(sun[0], sun[1], sun[2], values.sun);
    Cartesian4.fromElements(...light.key, 0, values.key);
    Cartesian4.fromElements(...light.fill, 0, values.fill);
    scene.light = new DirectionalLight({ direction: Cartesian3.negate(values.sun, new Cartesian3()), color: Color.WHITE });
    scene.backgroundColor = clearColour(light.sky.horizon);
    this.sky.light(light);
    for (const [name, value] of Object.entries(lightUniforms(light))) scene.globe.material!.uniforms[`city_${name}`] = value;
    for (const tiles of this.tilesets) tiles.light(light);
    this.requestFrame();
  }

  look(pose: Pose, seconds = 0): Promise<void> {
    this.landing?.();
    if (seconds <= 0 || this.stopped) {
      this.put(pose);
      this.moving = true;
      this.movedAt = performance.now();
      return Promise.resolve();
    }
    return new Promise((landed) => {
      this.landing = landed;
      const { destination, orientation } = placed(pose);
      this.native.camera.flyTo({ destination, orientation, duration: seconds, complete: () => { this.put(pose); landed(); }, cancel: landed });
      this.requestFrame();
    });
  }

  async surfaceAt(x: number, y: number): ReturnType<Backend['surfaceAt']> {
    if (this.stopped || !this.fit()) return null;
    const { native: scene } = this;
    for (const tiles of this.tilesets) tiles.prepare(scene.camera, this.values.sun);
    return surfaceOn(scene, pixelRay(scene.camera, this.frustum, this.size, x, y), this.tilesets, { terrain: !this.terrains.empty, cut: this.cuts.ground.cut });
  }

  requestFrame(): void {
    if (!this.stopped) this.native.requestRender();
  }

  get bytes(): number {
    return this.painter.bytes + this.pictures.bytes + this.tilesets.reduce((sum, tiles) => sum + tiles.bytes, 0);
  }

  get budget(): number { return this.limit; }
  set budget(bytes: number) {
    this.limit = bytes;
    this.deal();
  }

  /** Deals the memory out: the same to each tileset. */
  private deal(): void {
    for (const tiles of this.tilesets) tiles.budget = Math.floor((this.limit * TILES_SHARE) / this.tilesets.length);
  }

  private alive(): void {
    if (this.ended.signal.aborted) throw new TwinError('backend-lost', 'The globe view is disposed');
  }

  dispose(): void {
    if (this.ended.signal.aborted) return;
    this.stopped = true;
    this.onMove = null;
    this.landing?.();
    this.ended.abort();
    for (const tiles of this.tilesets.slice()) tiles.dispose();
    this.pictures.dispose();
    this.mounted.destroy();
  }
}

/** Left drag moves, right or middle drag turns, the wheel goes nearer: the same hands as in the other view. */
function steer(scene: Scene): void {
  const controls = scene.screenSpaceCameraController;
  const { LEFT_DRAG, RIGHT_DRAG, MIDDLE_DRAG, WHEEL, PINCH } = CameraEventType;
  controls.rotateEventTypes = LEFT_DRAG;
  controls.zoomEventTypes = [WHEEL, PINCH];
  controls.tiltEventTypes = [RIGHT_DRAG, MIDDLE_DRAG, PINCH, { eventType: LEFT_DRAG, modifier: KeyboardEventModifier.CTRL }];
}

/** Makes the globe view. @throws TwinError `assets-missing`, `backend-unavailable` */
export const createBackend: CreateBackend & ((options: BackendOptions) => Promise<CesiumBackend>) = async (options) => {
  await useAssets(options.assets);
  return new Cesium(mount(options), options);
};
