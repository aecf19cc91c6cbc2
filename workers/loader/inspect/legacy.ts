import { Notes } from './notes.ts';

const HEADER: Readonly<Record<string, number>> = { b3dm: 28, i3dm: 32, pnts: 28 };

/** A GLB and where it begins in what it was found in. */
export interface Inner {
  readonly bytes: Uint8Array;
  /** Bytes that follow the model and belong to nothing. */
  readonly path: string;
}

/**
 * Holds the parts of a tile of 3D Tiles 1.0 against multiples of eight. @source OGC 3D Tiles 1.0, "Padding"
 * @returns the models inside
 */
export function inspectLegacy(bytes: Uint8Array, notes: Notes, path = ''): Inner[] {
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (magic === 'cmpt') {
    const found: Inner[] = [];
    for (let i = 0, at = 16; i < view.getUint32(12, true) && at + 12 <= bytes.length; i++) {
      const size = view.getUint32(at + 8, true);
      if (at % 8 !== 0) notes.add(`${path}/tiles/${i}`, `the tile begins at byte ${at}, no multiple of 8`);
      found.push(...inspectLegacy(bytes.subarray(at, at + size), notes, `${path}/tiles/${i}`));
      at += size;
    }
    return found;
  }
  const header = HEADER[magic];
  if (header === undefined) return magic === 'glTF' ? [{ bytes, path }] : [];
  const lengths = [12, 16, 20, 24].map((offset) => view.getUint32(offset, true));
  // Headers older than 1.0 have other parts; engines still read them.
  if (lengths[2] >= 570425344 || lengths[3] >= 570425344) {
    notes.add(path || '/', 'its header is older than version 1.0 of the standard', 'warning');
    return [];
  }
  const length = view.getUint32(8, true);
  const ends = lengths.reduce<number[]>((all, size) => [...all, all.at(-1)! + size], [header]);
  const names = ['featureTableJSON', 'featureTableBinary', 'batchTableJSON', 'batchTableBinary'];
  const wrong = names.findIndex((_name, i) => lengths[i] > 0 && ends[i + 1] % 8 !== 0);
  if (wrong >= 0) notes.add(`${path}/${names[wrong]}`, `${names[wrong]} ends at byte ${ends[wrong + 1]}, no multiple of 8`);
  if (length % 8 !== 0) notes.add(`${path}/byteLength`, `the length ${length} is no multiple of 8`);
  const inner = bytes.subarray(ends.at(-1), length);
  if (magic === 'pnts' || (magic === 'i3dm' && view.getUint32(28, true) === 0)) return [];
  return [{ bytes: inner, path: `${path}/glb` }];
}

/** JSON and binary part of a GLB 2.0; null for what is none. */
export function glbParts({ bytes, path }: Inner, notes: Notes): { json: Uint8Array; binary: Uint8Array | null } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 20 || view.getUint32(0, true) !== 0x46546c67) return null;
  if (view.getUint32(4, true) !== 2) {
    notes.add(path || '/', 'its glTF is of version 1.0, which the standard of today no longer takes', 'warning');
    return null;
  }
  const length = view.getUint32(8, true);
  if (length < bytes.length) notes.add(path || '/', `${bytes.length - length} bytes follow the model and belong to nothing`, 'info');
  const jsonLength = view.getUint32(12, true);
  const at = 20 + jsonLength;
  const binary = at + 8 <= length && view.getUint32(at + 4, true) === 0x004e4942 ? bytes.subarray(at + 8, at + 8 + view.getUint32(at, true)) : null;
  return { json: bytes.subarray(20, 20 + jsonLength), binary };
}
