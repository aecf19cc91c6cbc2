import { createHash } from 'node:crypto';
import { createReadStream, existsSync, realpathSync, statSync, type Stats } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.geojson': 'application/geo+json', '.svg': 'image/svg+xml',
  '.png': 'image/png', '.jpg': 'image/jpeg', '.webp': 'image/webp', '.ico': 'image/x-icon', '.glb': 'model/gltf-binary',
  '.gltf': 'model/gltf+json', '.wasm': 'application/wasm', '.terrain': 'application/vnd.quantized-mesh', '.tif': 'image/tiff',
  '.txt': 'text/plain; charset=utf-8', '.map': 'application/json', '.woff2': 'font/woff2',
};
const packed = new Set(['.html', '.js', '.mjs', '.css', '.json', '.geojson', '.svg', '.glb', '.gltf', '.terrain', '.map', '.txt', '.bin', '.wasm']);

export interface FolderOptions {
  /** URL path the folder stands under, with slashes at both ends. */
  prefix: string;
  /** Headers of every answer. */
  headers?: Record<string, string>;
  /** Seconds a browser may keep a file without asking; 0 asks each time (with the ETag). */
  maxAge?: number;
}

/** Answers one request from a folder; resolves to false when the request is not for it or the file is not there. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** The file under `folder` that a URL path names, or null when the path leaves the folder, is malformed or names a dot file. */
export function fileOf(folder: string, path: string): string | null {
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return null;
  }
  if (/[\0\\]/.test(plain) || plain.split('/').some((part) => part.startsWith('.'))) return null;
  const file = resolve(folder, normalize(plain).replace(/^\/+/, ''));
  return file === resolve(folder) || file.startsWith(resolve(folder) + sep) ? file : null;
}

/** Whether a file that exists truly lies in the folder, links followed. */
function within(folder: string, file: string): boolean {
  return realpathSync(file).startsWith(realpathSync(folder) + sep);
}

/** First and last byte of a `Range` header of one part; null for none, 'bad' for one that cannot be answered. */
export function rangeOf(header: string | undefined, size: number): [number, number] | null | 'bad' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const first = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === '' || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  return first > last || first >= size ? 'bad' : [first, last];
}

function etagOf(file: string, stats: Stats): string {
  return `"${createHash('sha1').update(`${file} ${stats.size} ${stats.mtimeMs}`).digest('base64url').slice(0, 16)}"`;
}

function acceptsGzip(request: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(request.headers['accept-encoding'] ?? ''));
}

async function send(request: IncomingMessage, response: ServerResponse, file: string, stats: Stats): Promise<void> {
  const range = rangeOf(request.headers.range, stats.size);
  if (range === 'bad') {
    response.writeHead(416, { 'Content-Range': `bytes */${stats.size}` }).end();
    return;
  }
  const body = request.method !== 'HEAD';
  if (range) {
    const [start, end] = range;
    response.writeHead(206, { 'Content-Range': `bytes ${start}-${end}/${stats.size}`, 'Content-Length': end - start + 1 });
    return body ? pipeline(createReadStream(file, { start, end }), response) : void response.end();
  }
  const side = `${file}.gz`;
  if (packed.has(extname(file)) && acceptsGzip(request) && stats.size > 1024) {
    response.setHeader('Content-Encoding', 'gzip');
    if (existsSync(side) && statSync(side).mtimeMs >= stats.mtimeMs) {
      response.writeHead(200, { 'Content-Length': statSync(side).size });
      return body ? pipeline(createReadStream(side), response) : void response.end();
    }
    response.writeHead(200);
    return body ? pipeline(createReadStream(file), createGzip({ level: 6 }), response) : void response.end();
  }
  response.writeHead(200, { 'Content-Length': stats.size });
  return body ? pipeline(createReadStream(file), response) : void response.end();
}

/**
 * Serves the files of a folder: byte ranges, ETag, gzip from a side file `x.gz` or packed on the way, GET and HEAD only.
 * A path that would leave the folder is answered 404 like any file that is not there (by returning false).
 */
export function serveFolder(folder: string, options: FolderOptions): Handler {
  return async (request, response) => {
    const path = (request.url ?? '/').split(/[?#]/)[0];
    if (!path.startsWith(options.prefix) || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    let file = fileOf(folder, path.slice(options.prefix.length));
    if (file && path.endsWith('/')) file = join(file, 'index.html');
    const stats = file && existsSync(file) ? statSync(file) : null;
    if (!file || !stats?.isFile() || !within(folder, file)) return false;
    const etag = etagOf(file, stats);
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    response.setHeader('ETag', etag);
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('Cache-Control', options.maxAge ? `public, max-age=${options.maxAge}` : 'no-cache');
    if (packed.has(extname(file))) response.setHeader('Vary', 'Accept-Encoding');
    for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value);
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return true;
    }
    await send(request, response, file, stats).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') response.destroy(error);
    });
    return true;
  };
}
