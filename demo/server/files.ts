import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, realpathSync, statSync, type Stats } from 'node:fs';
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
const packed = new Set(['.html', '.js', '.mjs', '.css', '.json', '.geojson', '.svg', '.glb', '.gltf', '.terrain', '.map', '.txt', '.bin', '.wasm', '.subtree', '.pnts', '.b3dm', '.i3dm']);

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

/** Whether the asker takes a coding; one that is not named, and no `*`, is not taken. */
function accepts(request: IncomingMessage, coding: string): boolean {
  const parts = String(request.headers['accept-encoding'] ?? '').toLowerCase().split(',').map((part) => part.trim().split(/\s*;\s*/u));
  const [, ...parameters] = parts.find(([name]) => name === coding) ?? parts.find(([name]) => name === '*') ?? ['', 'q=0'];
  return Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1) > 0;
}

interface Packed {
  coding: 'br' | 'gzip';
  /** Side file and its length; null where it is packed on the way. */
  side: [path: string, size: number] | null;
}

/** How a whole file is packed for this asker: by `x.br` or `x.gz` beside it unless older than it, else by gzip on the way. */
function packedFor(request: IncomingMessage, file: string, stats: Stats): Packed | null {
  if (!packed.has(extname(file)) || request.headers.range) return null;
  for (const [coding, ending] of [['br', '.br'], ['gzip', '.gz']] as const) {
    const side = accepts(request, coding) ? lstatSync(file + ending, { throwIfNoEntry: false }) : undefined;
    if (side?.isFile() && side.mtimeMs >= stats.mtimeMs) return { coding, side: [file + ending, side.size] };
  }
  return accepts(request, 'gzip') && stats.size > 1024 ? { coding: 'gzip', side: null } : null;
}

async function send(request: IncomingMessage, response: ServerResponse, file: string, stats: Stats, as: Packed | null): Promise<void> {
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
  if (as) {
    response.setHeader('Content-Encoding', as.coding);
    response.writeHead(200, as.side ? { 'Content-Length': as.side[1] } : {});
    if (!body) return void response.end();
    return as.side ? pipeline(createReadStream(as.side[0]), response) : pipeline(createReadStream(file), createGzip({ level: 6 }), response);
  }
  response.writeHead(200, { 'Content-Length': stats.size });
  return body ? pipeline(createReadStream(file), response) : void response.end();
}

/**
 * Serves the files of a folder: byte ranges, ETag, packed by a side file `x.br` or `x.gz` or by gzip on the way, GET and HEAD only.
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
    const as = packedFor(request, file, stats);
    const etag = etagOf(file, stats).replace(/"$/u, as ? `-${as.coding}"` : '"');
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
    await send(request, response, file, stats, as).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') response.destroy(error);
    });
    return true;
  };
}
