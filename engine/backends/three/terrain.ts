import { Mesh, Raycaster, Vector3, type Object3D, type RawShaderMaterial } from 'three';
import type { TilesRenderer } from '3d-tiles-renderer/three';
import { QuantizedMeshPlugin } from '3d-tiles-renderer/three/plugins';
import { anchorMatrix, fromEcef, invertRigid, multiply, toEcef, transform, type Matrix } from '#geo';
import type { TwinError } from '../../errors.ts';
import { shownUrl, toTwinError } from '../../errors.ts';
import { GLASS_ORDER } from './ground.ts';
import { makeRenderer, statsOf, type TileWorld } from './tiles.ts';

/** Quantized-mesh ground. */
export class Terrain {
  readonly renderer: TilesRenderer;
  readonly #world: TileWorld;
  readonly #raycaster = new Raycaster();
  readonly #meshes = new Set<Mesh>();
  #glass = false;
  #calm = 0;
  #shown = false;

  private constructor(world: TileWorld, url: string, material: RawShaderMaterial, onIssue: (error: TwinError) => void) {
    this.#world = world;
    this.renderer = makeRenderer(world, url, 'terrain');
    this.renderer.registerPlugin(new QuantizedMeshPlugin({ useRecommendedSettings: false }));
    this.renderer.errorTarget = 3;
    this.renderer.addEventListener('load-model', ({ scene }) => this.#dress(scene, material));
    this.renderer.addEventListener('dispose-model', ({ scene }) => scene.traverse((object) => { this.#meshes.delete(object as Mesh); }));
    this.renderer.addEventListener('load-error', ({ tile, error, url }) => {
      if (tile !== null) onIssue(toTwinError(error, 'bad-input', shownUrl(String(url))));
    });
  }

  /** @throws TwinError when the layer.json cannot be had */
  static async load(world: TileWorld, url: string, material: RawShaderMaterial, onIssue: (error: TwinError) => void): Promise<Terrain> {
    const terrain = new Terrain(world, url, material, onIssue);
    await new Promise<void>((resolve, reject) => {
      terrain.renderer.addEventListener('load-root-tileset', () => resolve());
      terrain.renderer.addEventListener('load-error', ({ tile, error, url }) => {
        if (tile === null) reject(toTwinError(error, 'bad-input', shownUrl(String(url))));
      });
      terrain.renderer.update();
    });
    return terrain;
  }

  update(): void {
    this.renderer.update();
    const stats = statsOf(this.renderer);
    this.#calm = stats.queued + stats.downloading + stats.parsing === 0 ? this.#calm + 1 : 0;
    // The coarse levels that come first cut straight through the earth, kilometres below: until the view is whole the bare ellipsoid is nearer the truth.
    const shown = this.#shown || (this.#calm > 1 && stats.visible > 0);
    // The frame in which it comes is drawn, though nothing else has changed since its last tile.
    if (shown !== this.#shown) this.#world.changed();
    this.#shown = shown;
    this.renderer.group.visible = shown;
  }

  get loading(): boolean { return this.#calm < 2; }
  /** Whether there is something to see. */
  get shown(): boolean { return this.#shown; }

  /** What a ray meets first. */
  hit(raycaster: Raycaster): { distance: number; point: Vector3 } | null {
    return this.#shown ? (raycaster.intersectObject(this.renderer.group, true).find(({ point }) => !this.#world.clip.cuts('ground', point)) ?? null) : null;
  }

  /** Height of the drawn ground at a place, null where none is drawn. */
  heightAt(lon: number, lat: number): number | null {
    const { worldFromEcef } = this.#world;
    const down = multiply(worldFromEcef, anchorMatrix({ lon, lat, height: 0 }));
    const from = transform(worldFromEcef, ...triple(toEcef(lon, lat, 9000, new Float64Array(3))), new Float64Array(3));
    this.#raycaster.set(new Vector3(...from), new Vector3(-down[8], -down[9], -down[10]));
    const found = this.hit(this.#raycaster);
    return found ? heightOf(worldFromEcef, found.point) : null;
  }

  #dress(scene: Object3D, material: RawShaderMaterial): void {
    scene.traverse((object) => {
      if (!(object instanceof Mesh)) return;
      object.material = material;
      this.#meshes.add(object);
      this.#stage(object);
    });
  }

  /** See-through ground has no skirts: they would be walls in the earth. They are the last of a mesh's groups. */
  #stage(mesh: Mesh): void {
    const [surface] = mesh.geometry.groups;
    mesh.geometry.setDrawRange(0, this.#glass && surface ? surface.count : Infinity);
    mesh.renderOrder = this.#glass ? GLASS_ORDER : -800;
  }

  set glass(glass: boolean) {
    if (glass === this.#glass) return;
    this.#glass = glass;
    for (const mesh of this.#meshes) this.#stage(mesh);
  }

  dispose(): void {
    this.#meshes.clear();
    this.renderer.dispose();
    this.renderer.group.removeFromParent();
    this.#world.changed();
  }
}

function triple(values: Float64Array): [number, number, number] {
  return [values[0], values[1], values[2]];
}

/** lon, lat, height of a point of the scene. */
export function geographicOf(worldFromEcef: Matrix, point: { x: number; y: number; z: number }): Float64Array {
  const ecef = transform(invertRigid(worldFromEcef), point.x, point.y, point.z, new Float64Array(3));
  return fromEcef(ecef[0], ecef[1], ecef[2], ecef);
}

function heightOf(worldFromEcef: Matrix, point: Vector3): number {
  return geographicOf(worldFromEcef, point)[2];
}
