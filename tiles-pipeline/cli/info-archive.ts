import { TwinError } from '../../engine/errors.ts';
import type { Source } from '../formats/format.ts';
import { entriesOf, readEntry } from '../formats/zip.ts';
import { n, size } from './figures.ts';

/** Largest archive looked into, and most a document in it may grow. */
const LIMIT = 2e9;
const DOCUMENT = { bytes: 64e6, ratio: 1000 };

export interface ArchiveInfo {
  file: string;
  bytes: number;
  files: number;
  unpacked: number;
  tileset: { version: string; geometricError: number | null; refine: string | null } | null;
  endings: Record<string, number>;
}

/** Whether a file may be an archive of 3D Tiles: a ZIP whose name says so, or whose first file is a tileset. */
export function isTilesArchive({ name, head }: Source): boolean {
  const zip = head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
  return zip && (/\.3tz$/iu.test(name) || /tileset\.json|@3dtilesIndex1@/u.test(new TextDecoder('latin1').decode(head)));
}

/** What a .3tz holds. @throws {TwinError} `bad-input`, `too-large` */
export async function archiveInfo(source: Source): Promise<ArchiveInfo> {
  if (source.size > LIMIT) throw new TwinError('too-large', `${source.name} has ${size(source.size)}, more than the ${size(LIMIT)} looked into here; unpack it and name its folder.`);
  const bytes = await source.bytes();
  const entries = entriesOf(bytes);
  if (typeof entries === 'string') throw new TwinError('bad-input', `${source.name} is no usable archive: ${entries}. Copy or make it again.`);
  const entry = entries.find(({ name }) => name === 'tileset.json');
  const document = entry && readEntry(bytes, entry, DOCUMENT);
  if (entry && typeof document === 'string') throw new TwinError('bad-input', `${source.name}: its tileset.json cannot be unpacked: ${document}.`);
  const endings = new Map<string, number>();
  for (const { name } of entries) {
    const ending = /\.[^./]+$/u.exec(name)?.[0] ?? 'no ending';
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  return { file: source.name, bytes: source.size, files: entries.length, unpacked: entries.reduce((sum, { size: own }) => sum + own, 0), tileset: document instanceof Uint8Array ? tilesetOf(document, source.name) : null, endings: Object.fromEntries([...endings].toSorted((a, b) => b[1] - a[1])) };
}

function tilesetOf(bytes: Uint8Array, name: string): ArchiveInfo['tileset'] {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as { asset?: { version?: unknown }; geometricError?: unknown; root?: { refine?: unknown } };
    return { version: String(json.asset?.version ?? 'not stated'), geometricError: typeof json.geometricError === 'number' ? json.geometricError : null, refine: typeof json.root?.refine === 'string' ? json.root.refine : null };
  } catch {
    throw new TwinError('bad-input', `${name}: its tileset.json is no JSON. Make the archive again.`);
  }
}

export function archiveLines({ file, bytes, files, unpacked, tileset, endings }: ArchiveInfo): string[] {
  return [
    `${file}: 3D Tiles archive, ${size(bytes)}, ${n(files)} files, ${size(unpacked)} unpacked`,
    tileset ? `3D Tiles ${tileset.version}, ${tileset.refine ?? 'refinement not stated'}, geometric error ${tileset.geometricError ?? 'not stated'}` : 'it has no tileset.json at its root: no reader will open it',
    Object.entries(endings).map(([ending, count]) => `${n(count)} ${ending}`).join(', '),
  ];
}
