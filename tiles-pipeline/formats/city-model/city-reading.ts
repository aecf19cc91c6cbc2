import type { FeatureTable, RasterTable, ReadContext, Source, SourceFeature } from '../format.ts';
import type { CityObject, Face } from './city-object.ts';
import { featuresOf, texturesOf } from './features-of.ts';
import { frameOf, type Frame } from './frame.ts';
import { SurfaceTally } from './surface-tally.ts';
import { Terrain } from './terrain.ts';
import { TextureFiles } from './texture-files.ts';

const BATCH = 1024;

/** What both formats of city models do with objects: features in batches, terrain on a grid, and one issue a kind of problem at the end. */
export class CityReading {
  readonly tally = new SurfaceTally();
  readonly textures: TextureFiles;
  /** City objects met, whatever became of them. */
  seen = 0;
  readonly #terrain = new Terrain();
  readonly #problems = new Map<string, { what: string; where: string; count: number }>();
  #batch: SourceFeature[] = [];

  constructor(
    private readonly source: Source,
    private readonly context: ReadContext,
  ) {
    this.textures = new TextureFiles(source);
  }

  /** The way to degrees from the system a file or an object names; a failure is said once. */
  frameOf(named: string | undefined): Frame | undefined {
    return frameOf(named, this.source.name, this.context);
  }

  /** Counts a problem under its code; the first of a code gives the sentence. */
  problem(code: string, what: string, where: string): void {
    const seen = this.#problems.get(code);
    if (seen) seen.count++;
    else this.#problems.set(code, { what, where: where.slice(0, 300), count: 1 });
  }

  /** Triangles of terrain, in the source's system. */
  terrain(faces: readonly Face[], frame: Frame): void {
    for (const { rings } of faces) {
      const ring = frame.degrees(rings[0]);
      // Faces of terrain are triangles, or nearly flat polygons: a fan does.
      for (let i = 3; i + 5 < ring.length; i += 3) this.triangle([...ring.slice(0, 3), ...ring.slice(i, i + 6)]);
    }
  }

  /** @param corners [9] lon, lat, height */
  triangle(corners: readonly number[]): void {
    if (corners.every(Number.isFinite)) this.#terrain.add(corners);
    else this.tally.fault('surface with broken coordinates', 'terrain');
  }

  /** Takes objects with the frame they are in; gives a table when there are enough. */
  async *add(objects: Iterable<CityObject>, frame: Frame | undefined, read: number): AsyncGenerator<FeatureTable> {
    for (const object of objects) {
      this.seen++;
      if (!frame) {
        this.context.skip('reference system not known');
        continue;
      }
      await this.textures.look(texturesOf(object));
      this.#batch.push(...featuresOf(object, { frame, tally: this.tally, images: this.textures.found, skip: (reason) => this.context.skip(reason) }));
      if (this.#batch.length >= BATCH) yield this.#flush(read);
    }
  }

  #flush(read: number): FeatureTable {
    const features = this.#batch;
    this.#batch = [];
    return { kind: 'features', features, read };
  }

  /** What is left, the terrain, and what there is to say. */
  async *end(): AsyncGenerator<FeatureTable | RasterTable> {
    if (this.#batch.length > 0) yield this.#flush(this.source.size);
    const raster = this.#terrain.empty ? undefined : this.#terrain.raster();
    if (raster) yield raster;
    const { issues } = this.context;
    if (this.#terrain.left > 0) issues.push({ code: 'terrain-thinned', severity: 'warning', message: `${this.source.name}: ${this.#terrain.left} triangles of terrain beyond the first eight million were left out; cut the file into tiles.`, path: this.source.name, count: this.#terrain.left });
    for (const [code, { what, where, count }] of this.#problems) issues.push({ code, severity: 'error', message: `${this.source.name}, ${where}: ${what}${count > 1 ? ` (${count} times in the file)` : ''}. It was left out; mend it there or export the file again.`, path: where, count });
    this.textures.report(this.context);
    this.tally.report(this.source.name, issues);
  }
}
