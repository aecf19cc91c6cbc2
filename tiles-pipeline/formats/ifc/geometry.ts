import type { FlatMesh, IfcAPI, PlacedGeometry } from 'web-ifc';
import { Grow, float32, uint32, uint8 } from '../../stages/grow.ts';
import type { ModelMesh } from '../model-table.ts';
import { welded, type Shape } from './weld.ts';

/** Triangles of a model, element after element, in the order web-ifc gives them. */
export interface Geometry {
  /** Express ids of the elements that have triangles. */
  readonly elements: readonly number[];
  /** Their classes as the standard writes them: `IfcWall`; '' where web-ifc knows none. */
  readonly classes: readonly string[];
  readonly mesh: ModelMesh;
  /** Elements web-ifc named whose shape has no triangle. */
  readonly empty: readonly number[];
  /** Shapes left out because their placement or their corners are no numbers. */
  readonly broken: readonly number[];
  /** Elements whose shape could not be made: the reader broke down at them. */
  readonly failed: string | null;
}

/** Metres beyond which a coordinate is no building's and no map's. */
const FARTHEST = 1e8;

/**
 * Streams every shape of the file. web-ifc gives metres, y up; here they become z up and count from near the model.
 * @throws what web-ifc throws where it breaks down before the first shape
 */
export async function geometryOf(bytes: Uint8Array): Promise<Geometry | { unreadable: true }> {
  // Several megabytes of program: for those who have a model.
  const { IfcAPI, LogLevel } = await import('web-ifc');
  const api = new IfcAPI();
  await api.Init();
  api.SetLogLevel(LogLevel.LOG_LEVEL_OFF);
  const model = api.OpenModel(bytes, { COORDINATE_TO_ORIGIN: false });
  if (model < 0) return { unreadable: true };
  const collector = new Collector(api, model);
  let failed: string | null = null;
  try {
    api.StreamAllMeshes(model, (mesh) => collector.take(mesh));
  } catch (cause) {
    if (collector.elements.length === 0) throw cause;
    failed = cause instanceof Error ? cause.message : String(cause);
  }
  return { ...collector.done(), failed };
}

class Collector {
  readonly elements: number[] = [];
  readonly #classes: string[] = [];
  readonly #empty: number[] = [];
  readonly #broken: number[] = [];
  readonly #shapes = new Map<number, Shape | null>();
  readonly #positions = float32();
  readonly #colours = uint8();
  readonly #indices = uint32();
  readonly #firstVertex: Grow<Uint32Array> = uint32();
  readonly #firstIndex: Grow<Uint32Array> = uint32();
  #origin: [number, number, number] | undefined;

  constructor(
    private readonly api: IfcAPI,
    private readonly model: number,
  ) {}

  take(mesh: FlatMesh): void {
    const { expressID: element, geometries } = mesh;
    const before = this.#indices.length;
    const vertex = this.#positions.length / 3;
    for (let k = 0; k < geometries.size(); k++) {
      const placed = geometries.get(k);
      const shape = this.#shape(placed.geometryExpressID);
      if (!shape) continue;
      if (!this.#put(shape, placed)) this.#broken.push(element);
    }
    if (this.#indices.length === before) {
      this.#empty.push(element);
      return;
    }
    this.elements.push(element);
    const name = this.api.GetNameFromTypeCode(this.api.GetLineType(this.model, element) as number);
    this.#classes.push(/^Ifc\w+$/u.test(name) ? name : '');
    this.#firstVertex.push(vertex);
    this.#firstIndex.push(before);
  }

  /** A shape is pulled while it is streamed (afterwards it is empty) and once however often it is placed. */
  #shape(id: number): Shape | null {
    const known = this.#shapes.get(id);
    if (known !== undefined) return known;
    const geometry = this.api.GetGeometry(this.model, id);
    const vertices = this.api.GetVertexArray(geometry.GetVertexData(), geometry.GetVertexDataSize());
    const indices = this.api.GetIndexArray(geometry.GetIndexData(), geometry.GetIndexDataSize());
    const shape = indices.length >= 3 ? welded(vertices, indices) : null;
    geometry.delete();
    this.#shapes.set(id, shape);
    return shape;
  }

  #put({ positions, indices }: Shape, { color, flatTransformation: m }: PlacedGeometry): boolean {
    const first = this.#positions.length / 3;
    const placed = new Float64Array(positions.length);
    for (let i = 0; i < positions.length; i += 3) {
      const [x, y, z] = [positions[i], positions[i + 1], positions[i + 2]];
      const right = m[0] * x + m[4] * y + m[8] * z + m[12];
      const up = m[1] * x + m[5] * y + m[9] * z + m[13];
      const back = m[2] * x + m[6] * y + m[10] * z + m[14];
      if (!(Math.abs(right) < FARTHEST && Math.abs(up) < FARTHEST && Math.abs(back) < FARTHEST)) return false;
      placed[i] = right;
      placed[i + 1] = -back;
      placed[i + 2] = up;
    }
    const origin = (this.#origin ??= [Math.round(placed[0]), Math.round(placed[1]), Math.round(placed[2])]);
    for (let i = 0; i < placed.length; i++) placed[i] -= origin[i % 3];
    this.#positions.append(placed);
    const rgba = [color.x, color.y, color.z, color.w].map((value) => Math.round(255 * Math.min(1, Math.max(0, Number.isFinite(value) ? value : 1))));
    for (let i = 0; i < positions.length; i += 3) this.#colours.append(rgba);
    // A mirroring placement turns the triangles inside out.
    const mirrored = determinant(m) < 0;
    for (let i = 0; i < indices.length; i += 3) this.#indices.append([first + indices[i], first + indices[i + (mirrored ? 2 : 1)], first + indices[i + (mirrored ? 1 : 2)]]);
    return true;
  }

  done(): Omit<Geometry, 'failed'> {
    this.#firstVertex.push(this.#positions.length / 3);
    this.#firstIndex.push(this.#indices.length);
    const mesh = { origin: this.#origin ?? ([0, 0, 0] as const), positions: this.#positions.done(), colours: this.#colours.done(), indices: this.#indices.done(), firstVertex: this.#firstVertex.done(), firstIndex: this.#firstIndex.done() };
    return { elements: this.elements, classes: this.#classes, mesh, empty: this.#empty, broken: this.#broken };
  }
}

function determinant(m: readonly number[]): number {
  return m[0] * (m[5] * m[10] - m[9] * m[6]) - m[4] * (m[1] * m[10] - m[9] * m[2]) + m[8] * (m[1] * m[6] - m[5] * m[2]);
}
