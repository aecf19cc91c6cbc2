import { isCount, isObject, type JsonObject } from './json.ts';
import { bytesOfData, type GltfParts } from './parts.ts';
import { decodePng, type Pixels } from './png.ts';

/** Channels a texture's values are read from; null, with what is wrong noted, where the texture cannot be read. @source EXT_mesh_features, "Feature ID by Texture Coordinates" */
export function channelsOf(texture: JsonObject, attributes: JsonObject, { notes, list }: GltfParts, path: string): number[] | null {
  const before = notes.issues.length;
  const { index, texCoord = 0, channels = [0] } = texture;
  if (notes.index(index, list('textures').length, `${path}/index`, 'index')) inspectSampler(list('textures')[index].sampler, { notes, list });
  if (!isCount(texCoord) || attributes[`TEXCOORD_${texCoord}`] === undefined) notes.add(`${path}/texCoord`, `there is no attribute TEXCOORD_${String(texCoord).slice(0, 20)}`);
  if (!Array.isArray(channels) || channels.length === 0 || channels.length > 4) notes.add(`${path}/channels`, Array.isArray(channels) ? `${channels.length} channels are named, of at most 4` : 'channels is no list');
  else for (const [i, channel] of channels.entries()) if (!isCount(channel, 3)) notes.add(`${path}/channels/${i}`, 'a picture has no such channel');
  return notes.issues.length === before ? channels as number[] : null;
}

/** Numbers in a picture must not be mixed with their neighbours. */
function inspectSampler(index: unknown, { notes, list }: Pick<GltfParts, 'notes' | 'list'>): void {
  const sampler = isCount(index) ? list('samplers')[index] : undefined;
  for (const key of ['magFilter', 'minFilter'] as const) if (sampler?.[key] !== undefined && sampler[key] !== 9728) notes.add(`/samplers/${String(index)}/${key}`, `${key} mixes neighbours; numbers in a picture need NEAREST (9728)`);
}

/** The pixels of a texture whose picture is in the file as a PNG; null where they are not at hand. A picture that is none is noted. */
export async function pixelsOf(texture: JsonObject, { list, buffers, notes }: GltfParts, path: string): Promise<Pixels | null> {
  const source = isCount(texture.index) ? list('textures')[texture.index]?.source : undefined;
  const image = isCount(source) ? list('images')[source] : undefined;
  if (!isObject(image)) return null;
  let bytes: Uint8Array | null = null;
  if (typeof image.uri === 'string') {
    if (!image.uri.startsWith('data:')) return null;
    bytes = bytesOfData(image.uri) ?? new Uint8Array(0);
  } else if (isCount(image.bufferView)) {
    const view = list('bufferViews')[image.bufferView];
    const buffer = isCount(view?.buffer) ? buffers[view.buffer] : null;
    const start = (view?.byteOffset as number | undefined) ?? 0;
    bytes = buffer?.subarray(start, start + Number(view.byteLength)) ?? null;
  }
  if (!bytes) return null;
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return null;
  const pixels = await decodePng(bytes);
  if (pixels === null) notes.add(`/images/${String(source)}`, `it is no picture that can be read; ${path} needs it`);
  return pixels === 'other' ? null : pixels;
}
