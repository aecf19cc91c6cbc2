import { multiply, type Matrix } from '#geo';
import { checkContent, type CheckedContent } from '../tileset/check-content.ts';
import { ContentFault, type Glb, type GlbJson } from '../tileset/read-content.ts';
import { beyond, sizeOf } from './bounding.ts';
import { pathOf, type CityFiles } from './city-files.ts';
import { gltfOf, placesIn } from './gltf-positions.ts';
import type { IssueLog } from './issue-log.ts';
import type { Look } from './look.ts';
import { modelsIn, partsOf } from './models-in.ts';
import { TOLERANCE, type ContentJob } from './tree.ts';

/** glTF's y-up as the tile's z-up. */
const Z_UP: Matrix = Float64Array.of(1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1);
const AS_IS: Matrix = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
const POINTS = 0;
const LENIENCE = 0.01;

type Report = ReturnType<IssueLog['at']>;

/** Looks through one content: of ours in all it promises, of others in what the standards ask and in whether it lies in its volume. */
export class ContentCheck {
  constructor(
    private readonly files: CityFiles,
    private readonly log: IssueLog,
    private readonly look: Look,
    private readonly onOwn: (content: CheckedContent, job: ContentJob) => void,
  ) {}

  async check(job: ContentJob): Promise<void> {
    const report = this.log.at(job.path);
    const bytes = await this.files.read(job.path).catch((cause: Error) => report('content-broken', cause.message));
    if (!bytes) return;
    if (job.own && hasTable(bytes)) return this.#own(bytes, job, report);
    if (!(await this.look.content(job.path, bytes))) return;
    if (job.own) await this.look.ownContent(job.path, bytes);
    try {
      for (const { values, matrix } of await this.#places(bytes, job, report)) if (!this.#holds(job, matrix, values, report)) break;
    } catch (cause) {
      if (!(cause instanceof ContentFault)) throw cause;
      report(cause.code, cause.message, cause.code === 'draco-missing' ? 'info' : 'error');
    }
  }

  async #own(bytes: Uint8Array<ArrayBuffer>, job: ContentJob, report: Report): Promise<void> {
    const content = await checkContent(bytes, report);
    if (!content) return;
    await this.look.ownContent(job.path, bytes);
    this.#holds(job, AS_IS, content.positions, report);
    this.onOwn(content, job);
  }

  /** All places of a content, and what puts them into the tile's frame. */
  async #places(bytes: Uint8Array<ArrayBuffer>, job: ContentJob, report: Report): Promise<{ values: Float64Array; matrix: Matrix }[]> {
    const up = job.upAxis === 'Z' ? AS_IS : Z_UP;
    const out: { values: Float64Array; matrix: Matrix }[] = [];
    const add = async (glb: Glb, center: readonly number[]): Promise<void> => {
      const own = Float64Array.from(up);
      own.set(center, 12);
      for (const { values, matrices } of await placesIn(glb, report)) for (const matrix of matrices) out.push({ values, matrix: multiply(own, matrix) });
    };
    if (/^[\s\uFEFF]*\{/u.test(new TextDecoder().decode(bytes.subarray(0, 16)))) {
      const glb = await this.#gltf(bytes, job.path);
      if (glb) await add(glb, [0, 0, 0]);
      return out;
    }
    for (const inner of modelsIn(bytes)) {
      if (inner.kind === 'points') out.push({ values: inner.values, matrix: AS_IS });
      else await add(partsOf(inner.bytes), inner.center);
    }
    return out;
  }

  /** Only what lies in one buffer is looked into. */
  async #gltf(bytes: Uint8Array<ArrayBuffer>, path: string): Promise<Glb | undefined> {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as GlbJson;
    const buffers = (json.buffers ?? []) as { uri?: string }[];
    if (!json.meshes || buffers.length !== 1 || buffers[0].uri === undefined) return undefined;
    const { uri } = buffers[0];
    if (uri.startsWith('data:')) return gltfOf(json, new Uint8Array(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64')));
    const beside = pathOf(path, uri);
    const binary = beside === 'outside' ? undefined : await this.files.read(beside);
    if (!binary) this.log.add('buffer-missing', `its buffer ${uri.slice(0, 80)} is not there`, path);
    return binary && gltfOf(json, binary);
  }

  /** Whether places lie in the volumes; said where not. */
  #holds(job: ContentJob, matrix: Matrix, values: Float64Array, report: Report): boolean {
    const whole = multiply(job.matrix, matrix);
    for (const bounds of job.bounds) {
      const out = beyond(bounds, values, whole);
      if (out <= (job.own ? TOLERANCE : Math.max(TOLERANCE, LENIENCE * sizeOf(bounds)))) continue;
      report('content-outside', `a vertex stands ${out.toFixed(3)} m outside the volume`, job.own ? 'error' : 'warning');
      return false;
    }
    return true;
  }
}

/** Whether one of our contents promises a property table: all but points do. What cannot be read is held to it. */
function hasTable(bytes: Uint8Array): boolean {
  try {
    const { json } = partsOf(bytes);
    return (json.meshes?.[0]?.primitives?.[0] as { mode?: number } | undefined)?.mode !== POINTS;
  } catch {
    return true;
  }
}
