import { createReadStream, type Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join, normalize, sep } from 'node:path';
import { createGzip } from 'node:zlib';
import { TwinError } from '../../engine/errors.ts';
import { contentTypeOf, mayPack } from '../sinks/content-types.ts';
import { parseCommand, type CommandSpec } from './options.ts';
import type { Command, Terminal } from './terminal.ts';

const spec = {
  name: 'tiles serve',
  operands: 'DIR',
  what: 'serve a city folder on this machine alone, until stopped',
  options: { port: { type: 'string', short: 'p', default: '8080', value: 'N', help: 'the port (8080; 0 takes a free one)' } },
  notes: ['Any other static server does as well, if it answers ranges and allows the origin of the pages.'],
  example: 'tiles serve city --port 9000',
} as const satisfies CommandSpec;

/** `tiles serve DIR [--port N]`: until stopped, on the loopback alone. */
export const serve: Command = {
  spec,
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const { values, positionals } = parseCommand(spec, args);
    const port = Number(values.port);
    if (positionals.length !== 1) throw new TwinError('bad-input', 'Name one folder: citymirror tiles serve DIR [--port N]');
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw new TwinError('bad-input', `--port ${values.port} is no port; give a number from 0 to 65535.`);
    if (!(await stat(positionals[0]).catch(() => undefined))?.isDirectory()) throw new TwinError('not-found', `${positionals[0]} is no folder. Make one with: citymirror tiles build INPUT… -o ${positionals[0]}`);
    const { server, url } = await serveFolder(positionals[0], port);
    terminal.out(`${positionals[0]} is served at ${url} (Ctrl-C stops it)\n`);
    if (!terminal.signal.aborted) await new Promise<void>((resolve) => terminal.signal.addEventListener('abort', () => resolve(), { once: true }));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return 0;
  },
};

/** Serves a folder with ranges, gzip and permission for any origin. Port 0 takes a free one. @throws {TwinError} `refused` for a taken port */
export async function serveFolder(dir: string, port: number): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    answer(dir, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(new TwinError('refused', cause.code === 'EADDRINUSE' ? `Port ${port} is taken; choose another with --port.` : `Port ${port} cannot be opened (${cause.message}).`, { cause })));
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { server, url: `http://localhost:${typeof address === 'object' && address ? address.port : port}/` };
}

async function answer(dir: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Headers', 'Range, Cache-Control');
  response.setHeader('Access-Control-Expose-Headers', 'Content-Range, Content-Length, ETag');
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
  const path = fileOf(dir, request.url ?? '/');
  const info = path ? await stat(path).catch(() => undefined) : undefined;
  if (!path || !info?.isFile() || !(await liesIn(dir, path))) return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
  const range = rangeOf(request.headers.range, info.size);
  const sent = range ? { file: path, size: info.size } : await packedOf(path, info, String(request.headers['accept-encoding'] ?? ''));
  const tag = `"${info.size.toString(16)}-${Math.floor(info.mtimeMs).toString(16)}${sent.encoding ? `-${sent.encoding}` : ''}"`;
  const headers: Record<string, string> = { 'Content-Type': contentTypeOf(path), ETag: tag, 'Accept-Ranges': 'bytes', 'Cache-Control': 'no-cache', ...(mayPack(path) && { Vary: 'Accept-Encoding' }) };
  if (request.headers['if-none-match'] === tag) return void response.writeHead(304, headers).end();
  if (range === 'bad') return void response.writeHead(416, { 'Content-Range': `bytes */${info.size}` }).end();
  if (range) {
    response.writeHead(206, { ...headers, 'Content-Range': `bytes ${range.start}-${range.end}/${info.size}`, 'Content-Length': range.end - range.start + 1 });
    return void (request.method === 'HEAD' ? response.end() : createReadStream(path, range).pipe(response));
  }
  response.writeHead(200, { ...headers, ...(sent.encoding && { 'Content-Encoding': sent.encoding }), ...(sent.size !== undefined && { 'Content-Length': sent.size }) });
  if (request.method === 'HEAD') return void response.end();
  const stream = createReadStream(sent.file);
  if (sent.size === undefined) stream.pipe(createGzip()).pipe(response);
  else stream.pipe(response);
}

interface Sent {
  readonly file: string;
  readonly encoding?: 'br' | 'gzip';
  /** undefined where it is packed on the way. */
  readonly size?: number;
}

/** The file as the asker takes it: packed by its side file where there is one that is no older than it, else by gzip on the way. */
async function packedOf(file: string, { size, mtimeMs }: Stats, accepted: string): Promise<Sent> {
  if (!mayPack(file)) return { file, size };
  for (const [encoding, ending] of [['br', '.br'], ['gzip', '.gz']] as const) {
    const side = accepts(accepted, encoding) ? await lstat(file + ending).catch(() => undefined) : undefined;
    if (side?.isFile() && side.mtimeMs >= mtimeMs) return { file: file + ending, encoding, size: side.size };
  }
  return accepts(accepted, 'gzip') ? { file, encoding: 'gzip' } : { file, size };
}

/** @source RFC 9110, 12.5.3 */
function accepts(header: string, encoding: string): boolean {
  const weights = new Map(header.split(',').map((part) => {
    const [name, ...parameters] = part.trim().toLowerCase().split(/\s*;\s*/u);
    return [name, Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1)] as const;
  }));
  return (weights.get(encoding) ?? weights.get('*') ?? 0) > 0;
}

/** Whether a file lies in the folder, links followed. */
async function liesIn(dir: string, path: string): Promise<boolean> {
  return (await realpath(path)).startsWith(join(await realpath(dir), sep));
}

/** The file a URL means, or undefined where it would leave the folder. */
function fileOf(dir: string, url: string): string | undefined {
  try {
    const name = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname));
    const path = join(dir, name.endsWith(sep) ? `${name}city.json` : name);
    return name.includes('\0') || !path.startsWith(join(dir, sep)) ? undefined : path;
  } catch {
    return undefined;
  }
}

function rangeOf(header: string | undefined, size: number): { start: number; end: number } | 'bad' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  return start > end || start >= size ? 'bad' : { start, end };
}
