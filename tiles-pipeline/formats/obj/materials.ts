import type { ReadContext, Source } from '../format.ts';
import { decoderOf } from './lines.ts';

export interface Material {
  /** sRGB and opacity. */
  readonly colour: readonly [number, number, number, number];
  /** A whole PNG, JPEG or WebP file. */
  readonly picture?: Uint8Array;
}

const MOST_BYTES = 64_000_000;

/** Materials of a library beside the model; none, with an issue, where it is not there. @source Wavefront MTL: Kd, d, Tr, map_Kd */
export async function readMaterials(library: string, source: Source, { issues }: ReadContext): Promise<Map<string, Material>> {
  const materials = new Map<string, Material>();
  const say = (what: string): void => void issues.push({ code: 'material-missing', severity: 'warning', message: `${source.name}: ${what}. What it is for keeps a grey.`, path: source.name });
  const file = await source.beside(library.replaceAll('\\', '/'));
  if (!file || file.size > MOST_BYTES) {
    say(`its material library ${library.slice(0, 80)} is ${file ? 'too large' : 'not in its folder'}`);
    return materials;
  }
  const folder = library.replaceAll('\\', '/').replace(/[^/]*$/u, '');
  let name: string | undefined;
  const missing: string[] = [];
  const files = new Map<string, Uint8Array>();
  for (const line of decoderOf(file.head).decode(await file.bytes()).split(/\r\n|\n|\r/u)) {
    const [word, ...values] = line.trim().split(/\s+/u);
    const text = line.trim().slice(word.length).trim();
    if (word === 'newmtl') {
      name = text;
      materials.set(name, { colour: [204, 204, 204, 255] });
    }
    const known = name === undefined ? undefined : materials.get(name);
    if (name === undefined || !known) continue;
    const changed = word === 'map_Kd' ? await pictured(known, text, { folder, source, missing, files }) : coloured(known, word, values.map(Number));
    if (changed) materials.set(name, changed);
  }
  if (missing.length > 0) say(`${missing.length} picture${missing.length > 1 ? 's' : ''} of ${library.slice(0, 80)} ${missing.length > 1 ? 'are' : 'is'} not in its folder: ${missing.slice(0, 3).join(', ')}`);
  return materials;
}

/** Kd is in display space: that is how every program writes it. */
function coloured(material: Material, word: string, values: readonly number[]): Material | undefined {
  const byte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
  const [r, g, b, opacity] = material.colour;
  if (!Number.isFinite(values[0])) return undefined;
  if (word === 'Kd') return { ...material, colour: [byte(values[0]), byte(values[1] ?? values[0]), byte(values[2] ?? values[0]), opacity] };
  if (word === 'd') return { ...material, colour: [r, g, b, byte(values[0])] };
  return word === 'Tr' ? { ...material, colour: [r, g, b, byte(1 - values[0])] } : undefined;
}

interface Library {
  readonly folder: string;
  readonly source: Source;
  readonly missing: string[];
  /** Pictures read so far: many materials share one. */
  readonly files: Map<string, Uint8Array>;
}

/** A picture's options stand before its name, which may have spaces in it. */
async function pictured(material: Material, text: string, { folder, source, missing, files }: Library): Promise<Material | undefined> {
  const name = text.replace(/^(?:-(?:blendu|blendv|cc|clamp|imfchan|texres|bm|boost|type)\s+\S+\s+|-mm\s+\S+\s+\S+\s+|-[ost](?:\s+[-+\d.eE]+){1,3}\s+)+/u, '').replaceAll('\\', '/');
  const known = files.get(name);
  if (known) return { ...material, picture: known };
  const file = (await source.beside(folder + name)) ?? (await source.beside(folder + name.replace(/^.*\//u, '')));
  if (!file || file.size > MOST_BYTES) {
    if (!missing.includes(name)) missing.push(name.slice(0, 80));
    return undefined;
  }
  const picture = await file.bytes();
  files.set(name, picture);
  return { ...material, picture };
}
