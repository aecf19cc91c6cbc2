import type { Issue } from '../../engine/errors.ts';
import type { CityFiles } from './city-files.ts';
import { ContentCheck } from './content.ts';
import { FeatureCheck } from './features.ts';
import { IssueLog } from './issue-log.ts';
import { Look } from './look.ts';
import { Tree, type ContentJob, type TreeFigures } from './tree.ts';

export interface TilesetCheckOptions {
  /** Contents that are looked into, evenly over the tree; all where absent. The tree itself and whether each file is there are always looked at. */
  readonly sample?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (contents: number) => void;
}

export interface TilesetCheck {
  readonly issues: Issue[];
  /** `checked`: contents looked into. */
  readonly figures: TreeFigures & { checked: number };
}

/** Bytes of columns that are held for a sample. */
const MOST_COLUMNS = 64 * 2 ** 20;
/** Contents whose bytes are held at a time. */
const AT_ONCE = 4;

/**
 * Looks through a tileset, ours or anybody's, with all it leads to. Of ours, in addition: ids, tables, min and max, every feature in the
 * leaves exactly once, and the same properties in features.bin; what there is an error is a warning in a foreign one where engines bear it.
 * One document and a few contents are held at a time.
 */
export async function checkTilesetFiles(files: CityFiles, document: string, options: TilesetCheckOptions = {}): Promise<TilesetCheck> {
  const log = new IssueLog();
  const look = new Look(files, log, document);
  const folder = document.replace(/[^/]*$/u, '');
  // A sample is to be cheap: columns of a million rows are not.
  const large = options.sample !== undefined && ((await files.size(`${folder}features.bin`)) ?? 0) > MOST_COLUMNS;
  const features = large ? undefined : await FeatureCheck.open(files, folder, log);
  const every = options.sample === undefined ? 1 : Math.max(1, Math.ceil((await countContents(files, document)) / Math.max(1, options.sample)));
  const content = new ContentCheck(files, log, look, (found, job) => features?.compare(found, job));
  const running = new Set<Promise<void>>();
  let failed: unknown;
  let [met, checked] = [0, 0];
  const take = async (job: ContentJob): Promise<void> => {
    options.signal?.throwIfAborted();
    if (failed) throw failed;
    if (met++ % every !== 0) return;
    while (running.size >= AT_ONCE) await Promise.race(running);
    const own: Promise<void> = content
      .check(job)
      .then(() => {
        checked++;
        options.onProgress?.(checked);
      }, (cause: unknown) => void (failed ??= cause))
      .finally(() => running.delete(own));
    running.add(own);
  };
  const tree = new Tree(files, log, look, take);
  const tileset = await tree.tileset(document);
  await Promise.all(running);
  if (failed) throw failed;
  if (tileset?.asset?.generator === 'CityMirror' && every === 1) features?.end(document);
  return { issues: log.done(), figures: { ...tree.figures, checked } };
}

async function countContents(files: CityFiles, document: string): Promise<number> {
  const log = new IssueLog();
  const tree = new Tree(files, log, new Look(files, log, document), () => Promise.resolve());
  await tree.tileset(document);
  return tree.figures.contents;
}
