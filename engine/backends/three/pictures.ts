import { Texture } from 'three';
import type { GLTFLoaderPlugin, GLTFParser } from 'three/addons/loaders/GLTFLoader.js';

interface ImageDefinition { bufferView?: number; uri?: string; mimeType?: string }
type LoadSource = (index: number, loader: { isImageBitmapLoader?: boolean }) => Promise<Texture>;

/**
 * Decodes the pictures inside a content straight from its bytes. The loader itself makes a `blob:` address of them and fetches that, which a policy with
 * `connect-src 'self'` refuses: tiles would come without their textures.
 */
export function ownPictures(parser: GLTFParser): GLTFLoaderPlugin {
  const inner = parser as unknown as { loadImageSource: LoadSource; sourceCache: Record<number, Promise<Texture>> };
  const load = inner.loadImageSource.bind(parser);
  inner.loadImageSource = (index, loader) => {
    const { bufferView, uri, mimeType } = (parser.json as { images: ImageDefinition[] }).images[index];
    const data = uri?.startsWith('data:') ? uri : undefined;
    if (!loader.isImageBitmapLoader || (bufferView === undefined && !data)) return load(index, loader);
    const known = inner.sourceCache[index];
    if (known !== undefined) return known.then((texture) => texture.clone());
    const bytes = data ? Promise.resolve(bytesOf(data)) : (parser.getDependency('bufferView', bufferView!) as Promise<ArrayBuffer>);
    const made = bytes.then(async (part) => {
      const texture = new Texture(await createImageBitmap(new Blob([part], mimeType ? { type: mimeType } : {}), { colorSpaceConversion: 'none' }));
      texture.needsUpdate = true;
      texture.userData.mimeType = mimeType;
      return texture;
    });
    inner.sourceCache[index] = made;
    return made;
  };
  return { name: 'CITYMIRROR_PICTURES' } as GLTFLoaderPlugin;
}

/** The bytes of a `data:` address. */
function bytesOf(address: string): ArrayBuffer {
  const comma = address.indexOf(',');
  const text = decodeURIComponent(address.slice(comma + 1));
  return Uint8Array.from(address.slice(0, comma).endsWith(';base64') ? atob(text) : text, (letter) => letter.charCodeAt(0)).buffer;
}
