import { extname } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.glb': 'model/gltf-binary',
  '.gltf': 'model/gltf+json',
  '.terrain': 'application/vnd.quantized-mesh',
  '.geojson': 'application/geo+json',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ktx2': 'image/ktx2',
  '.tif': 'image/tiff',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Read by ranges, which packing would break, or packed already. */
const kept = new Set(['.fgb', '.bin', '.jpg', '.jpeg', '.png', '.webp', '.ktx2', '.tif', '.laz', '.gz', '.br', '.3tz']);

export function contentTypeOf(path: string): string {
  return types[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

/** Whether a file may be served packed. */
export function mayPack(path: string): boolean {
  return !kept.has(extname(path).toLowerCase());
}
