import { DataArrayTexture, DataTexture, LinearFilter, NearestFilter, RedFormat, RepeatWrapping, Vector2, Vector4, type IUniform, type WebGLRenderer } from 'three';
import { placer, type Anchor, type Pose } from '#geo';
import type { ImagerySource, Placed, View } from '../../backend.ts';
import { mercatorX, mercatorY, TileWindows, type WantedTile } from './tile-windows.ts';

/** Pictures that can lie on the ground at once: of more, the uppermost. */
export const MOST_PICTURES = 3;
/** Levels of one picture kept, finest first. */
const LEVELS = 7;
/** Texels on a side of one level's window. */
const WINDOW = 1536;
/** Tiles asked for at once, for one picture. */
const AT_ONCE = 6;

/** One picture: for each level a window of tiles around what is looked at, in one layer of an array texture; moving on replaces only what is new. */
class Picture implements Placed {
  readonly source: ImagerySource;
  readonly map: DataArrayTexture;
  readonly ready: DataTexture;
  readonly levels: Vector4[] = Array.from({ length: LEVELS }, () => new Vector4());
  readonly windows: TileWindows;
  readonly #renderer: WebGLRenderer;
  readonly #owner: Imagery;
  readonly #loading = new Map<string, AbortController>();
  #wanted: WantedTile[] = [];
  #visible = true;
  #opacity = 1;
  #ended = false;

  constructor(source: ImagerySource, renderer: WebGLRenderer, owner: Imagery) {
    this.source = source;
    this.#renderer = renderer;
    this.#owner = owner;
    const across = Math.max(2, Math.floor(WINDOW / source.tileSize));
    const side = across * source.tileSize;
    this.windows = new TileWindows({ source, across, levels: LEVELS });
    this.map = new DataArrayTexture(null, side, side, LEVELS);
    Object.assign(this.map, { minFilter: LinearFilter, magFilter: LinearFilter, wrapS: RepeatWrapping, wrapT: RepeatWrapping, generateMipmaps: false, needsUpdate: true });
    // Storage only: tiles are written into it one by one.
    this.map.source.dataReady = false;
    this.ready = new DataTexture(this.windows.ready as Uint8Array<ArrayBuffer>, across * LEVELS, across, RedFormat);
    Object.assign(this.ready, { minFilter: NearestFilter, magFilter: NearestFilter, unpackAlignment: 1, needsUpdate: true });
  }

  get visible(): boolean { return this.#visible; }
  set visible(visible: boolean) { this.#visible = visible; this.#owner.changed(); }
  get opacity(): number { return this.#opacity; }
  set opacity(opacity: number) { this.#opacity = opacity; this.#owner.changed(); }
  get bytes(): number { return this.map.image.width * this.map.image.height * LEVELS * 4; }
  get loading(): boolean { return this.#loading.size > 0 || this.#wanted.length > 0; }

  /** Moves the windows to what is looked at, and asks for what is missing there, coarsest and nearest first. */
  follow(pose: Pose, view: View, anchor: Anchor): void {
    const { wanted, changed } = this.windows.follow(pose, view);
    this.#wanted = wanted.filter((tile) => !this.#loading.has(tile.key));
    for (const [key, controller] of this.#loading) if (!this.windows.holds(key)) controller.abort();
    if (changed) this.ready.needsUpdate = true;
    this.windows.place(anchor, this.levels);
    this.#ask();
  }

  #ask(): void {
    while (!this.#ended && this.#loading.size < AT_ONCE && this.#wanted.length > 0) {
      const tile = this.#wanted.shift()!;
      const controller = new AbortController();
      this.#loading.set(tile.key, controller);
      this.source.request(tile.level, tile.x, tile.y, controller.signal)
        .then((bitmap) => {
          if (!controller.signal.aborted) this.#put(tile, bitmap);
          bitmap?.close();
        })
        .catch(() => { if (!controller.signal.aborted) this.windows.failed(tile.key); })
        .finally(() => {
          if (this.#loading.get(tile.key) === controller) this.#loading.delete(tile.key);
          this.#ask();
          this.#owner.changed();
        });
    }
  }

  #put(tile: WantedTile, bitmap: ImageBitmap | null): void {
    const slot = this.windows.arrived(tile.key, bitmap !== null);
    if (!slot) return;
    this.ready.needsUpdate = true;
    if (!bitmap) return;
    const gl = this.#renderer.getContext() as WebGL2RenderingContext;
    this.#renderer.initTexture(this.map);
    const handle = (this.#renderer.properties.get(this.map) as { __webglTexture: WebGLTexture }).__webglTexture;
    this.#renderer.state.activeTexture(gl.TEXTURE0);
    this.#renderer.state.bindTexture(gl.TEXTURE_2D_ARRAY, handle);
    const size = this.source.tileSize;
    const whole = bitmap.width === size && bitmap.height === size;
    const width = whole ? size : Math.min(bitmap.width, size);
    const height = whole ? size : Math.min(bitmap.height, size);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, slot.column * size, slot.row * size, slot.layer, width, height, 1, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  }

  refresh(): void {
    for (const controller of this.#loading.values()) controller.abort();
    this.#loading.clear();
    this.windows.forget();
    this.#owner.changed();
  }

  dispose(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wanted = [];
    for (const controller of this.#loading.values()) controller.abort();
    this.map.dispose();
    this.ready.dispose();
    this.#owner.remove(this);
  }
}

/** All pictures on the ground, for every mesh that is ground: one piece of GLSL finds each pixel's texel by its place. */
export class Imagery {
  readonly changed: () => void;
  readonly uniforms: Record<string, IUniform> = {};
  readonly shader: string;
  /** 1 where all that is shown says by its colour what is water. */
  readonly watery = { value: 0 };
  readonly #renderer: WebGLRenderer;
  readonly #pictures: Picture[] = [];
  readonly #blankMap: DataArrayTexture;
  readonly #blankReady: DataTexture;

  constructor(renderer: WebGLRenderer, changed: () => void) {
    this.#renderer = renderer;
    this.changed = changed;
    this.#blankMap = new DataArrayTexture(new Uint8Array(4), 1, 1, 1);
    this.#blankReady = new DataTexture(new Uint8Array(1), 1, 1, RedFormat);
    this.#blankReady.unpackAlignment = 1;
    this.#blankMap.needsUpdate = this.#blankReady.needsUpdate = true;
    this.uniforms.u_ellipse = { value: new Vector4() };
    this.uniforms.u_north = { value: new Vector4() };
    for (let i = 0; i < MOST_PICTURES; i++) {
      Object.assign(this.uniforms, {
        [`u_map${i}`]: { value: this.#blankMap }, [`u_ready${i}`]: { value: this.#blankReady },
        // opacity (0: none), tiles across, texels a tile, layer of the finest level; finest level's scale, first and last level held
        [`u_picture${i}`]: { value: new Vector4() }, [`u_scale${i}`]: { value: new Vector2() },
        [`u_levels${i}`]: { value: Array.from({ length: LEVELS }, () => new Vector4()) },
      });
    }
    this.shader = imageryShader();
  }

  place(source: ImagerySource): Placed {
    const picture = new Picture(source, this.#renderer, this);
    this.#pictures.push(picture);
    this.#pictures.sort((a, b) => a.source.order - b.source.order);
    this.changed();
    return picture;
  }

  remove(picture: Picture): void {
    const at = this.#pictures.indexOf(picture);
    if (at >= 0) this.#pictures.splice(at, 1);
    this.changed();
  }

  /** Before a frame: windows and uniforms for the eye and the ground's anchor. */
  follow(pose: Pose, view: View, anchor: Anchor): void {
    const shown = this.#pictures.filter((picture) => picture.visible && picture.opacity > 0).slice(-MOST_PICTURES);
    this.watery.value = shown.length > 0 && shown.every(({ source }) => source.bluesAreWater) ? 1 : 0;
    if (shown.length > 0) this.#curve(anchor);
    for (let i = 0; i < MOST_PICTURES; i++) {
      const picture = shown[i];
      const numbers = this.uniforms[`u_picture${i}`].value as Vector4;
      this.uniforms[`u_map${i}`].value = picture?.map ?? this.#blankMap;
      this.uniforms[`u_ready${i}`].value = picture?.ready ?? this.#blankReady;
      if (!picture) {
        numbers.set(0, 1, 1, 0);
        continue;
      }
      picture.follow(pose, view, anchor);
      this.uniforms[`u_levels${i}`].value = picture.levels;
      numbers.set(picture.opacity, picture.windows.across, picture.source.tileSize, picture.windows.finest % LEVELS);
      (this.uniforms[`u_scale${i}`].value as Vector2).set(2 ** picture.windows.finest, picture.windows.count);
    }
  }

  /** How Web Mercator bends around the anchor: exact in longitude, to second order in latitude. */
  #curve(anchor: Anchor): void {
    const local = placer(anchor);
    const out = new Float64Array(3);
    const y = (east: number, north: number, up: number): number => mercatorY(local.unplace(east, north, up, out)[1]);
    const middle = mercatorY(anchor.lat);
    const step = 8000;
    const [high, low] = [y(0, step, 0) - middle, y(0, -step, 0) - middle];
    const lat = (anchor.lat * Math.PI) / 180;
    const axis = step / Math.tan((mercatorX(local.unplace(step, 0, 0, out)[0]) - mercatorX(anchor.lon)) * 2 * Math.PI);
    (this.uniforms.u_north.value as Vector4).set((high - low) / (2 * step), (high + low) / (2 * step * step), (y(step, 0, 0) - middle) / (step * step), (y(0, step, 1000) - y(0, step, 0)) / (step * 1000));
    (this.uniforms.u_ellipse.value as Vector4).set(axis, Math.sin(lat), Math.cos(lat), 0);
  }

  get loading(): boolean { return this.#pictures.some((picture) => picture.visible && picture.loading); }
  get bytes(): number { return this.#pictures.reduce((sum, picture) => sum + picture.bytes, 0); }

  dispose(): void {
    while (this.#pictures.length > 0) this.#pictures[0].dispose();
    this.#blankMap.dispose();
    this.#blankReady.dispose();
  }
}

function imageryShader(): string {
  const parts = Array.from({ length: MOST_PICTURES }, (_, i) => `
uniform highp sampler2DArray u_map${i};
uniform highp sampler2D u_ready${i};
uniform vec4 u_picture${i};
uniform vec2 u_scale${i};
uniform vec4 u_levels${i}[${LEVELS}];
vec3 over${i}(vec3 below, vec2 mercator, vec2 dx, vec2 dy) {
  float opacity = u_picture${i}.x;
  if (opacity <= 0.0) return below;
  float across = u_picture${i}.y;
  float texels = u_scale${i}.x * u_picture${i}.z;
  int wanted = int(clamp(log2(max(sqrt(length(dx) * length(dy)) * texels, 1e-3)) + 0.3, 0.0, ${LEVELS - 1}.0));
  for (int k = 0; k < ${LEVELS}; k++) {
    if (k < wanted || float(k) >= u_scale${i}.y) continue;
    vec2 tile = u_levels${i}[k].xy + mercator * u_scale${i}.x * exp2(-float(k));
    if (any(lessThan(tile, vec2(0.0))) || any(greaterThanEqual(tile, vec2(across)))) continue;
    float layer = mod(u_picture${i}.w - float(k) + ${2 * LEVELS}.0, ${LEVELS}.0);
    ivec2 cell = ivec2(mod(floor(tile) + u_levels${i}[k].zw, across));
    float ready = texelFetch(u_ready${i}, ivec2(cell.x + int(layer + 0.5) * int(across), cell.y), 0).r;
    if (ready < 0.3) continue;
    if (ready < 0.8) return below;
    vec2 inside = clamp(tile, vec2(0.5 / u_picture${i}.z), vec2(across - 0.5 / u_picture${i}.z));
    vec4 texel = textureLod(u_map${i}, vec3((inside + u_levels${i}[k].zw) / across, layer), 0.0);
    return below * (1.0 - texel.a * opacity) + texel.rgb * opacity;
  }
  return below;
}`);
  return `
uniform vec4 u_ellipse;
uniform vec4 u_north;
${parts.join('\n')}
/* Web Mercator from the ground's own metres, as a difference to its anchor: x to the east, y to the south, the whole map is 1. */
vec2 mercatorOf(vec3 p) {
  float x = atan(p.x, u_ellipse.x - p.y * u_ellipse.y + p.z * u_ellipse.z) * 0.15915494309;
  return vec2(x, u_north.x * p.y + u_north.y * p.y * p.y + u_north.z * p.x * p.x + u_north.w * p.y * p.z);
}
vec3 withImagery(vec3 base, vec3 place) {
  vec2 mercator = mercatorOf(place);
  vec2 dx = dFdx(mercator), dy = dFdy(mercator);
  ${parts.map((_, i) => `base = over${i}(base, mercator, dx, dy);`).join('\n  ')}
  return base;
}`;
}
