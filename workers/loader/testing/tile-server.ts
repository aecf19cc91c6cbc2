import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface TileServer {
  readonly origin: string;
  /** Path with query → requests received. */
  readonly requests: Map<string, number>;
  /** Everything received that could carry a secret: URL and headers, one text a request (OPTIONS included). */
  readonly received: string[];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, url: URL, seen: number) => void;

/** A real HTTP/1.1 server on the loopback that counts what it is asked. `answer` is called with how often this URL was asked before. */
export async function tileServer(answer: Answer): Promise<TileServer> {
  const requests = new Map<string, number>();
  const received: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/';
    const seen = requests.get(path) ?? 0;
    requests.set(path, seen + 1);
    received.push(`${request.method} ${path} ${JSON.stringify(request.headers)}`);
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else answer(request, response, new URL(path, 'http://host/'), seen);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const address = server.address() as { port: number };
  return {
    origin: `http://127.0.0.1:${address.port}`, requests, received,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

export const SPHERE = { sphere: [0, 0, 0, 100] };

/** A tileset with these contents as children of its root. */
export function tilesetOf(uris: readonly string[], more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    asset: { version: '1.1' }, geometricError: 100,
    root: {
      boundingVolume: SPHERE, geometricError: 50, refine: 'ADD',
      children: uris.map((uri) => ({ boundingVolume: SPHERE, geometricError: 0, content: { uri } })),
      ...more,
    },
  };
}

/** The smallest sound GLB: a JSON chunk alone. */
export function glbOf(json: unknown = { asset: { version: '2.0' } }, binary?: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const jsonLength = Math.ceil(text.length / 4) * 4;
  const binaryLength = binary ? Math.ceil(binary.length / 4) * 4 : 0;
  const out = new Uint8Array(20 + jsonLength + (binary ? 8 + binaryLength : 0)).fill(0x20);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode('glTF'));
  view.setUint32(4, 2, true);
  view.setUint32(8, out.length, true);
  view.setUint32(12, jsonLength, true);
  view.setUint32(16, 0x4e4f534a, true);
  out.set(text, 20);
  if (binary) {
    view.setUint32(20 + jsonLength, binaryLength, true);
    view.setUint32(24 + jsonLength, 0x004e4942, true);
    out.fill(0, 28 + jsonLength);
    out.set(binary, 28 + jsonLength);
  }
  return out;
}

export interface Tour {
  readonly loaded: string[];
  readonly failed: { url: string; code: string; message: string }[];
}

interface TileJson { content?: { uri: string }; contents?: { uri: string }[]; children?: TileJson[] }

/** Does what an engine does, greedily: loads a tileset, every content, and every tileset among them. */
export async function tour(load: (url: string, kind: 'tileset' | 'content') => Promise<ArrayBuffer>, root: string): Promise<Tour> {
  const result: Tour = { loaded: [], failed: [] };
  const contentsOf = (tile: TileJson): string[] => [
    ...[tile.content, ...(tile.contents ?? [])].flatMap((content) => (content ? [content.uri] : [])),
    ...(tile.children ?? []).flatMap(contentsOf),
  ];
  const visit = async (url: string, kind: 'tileset' | 'content'): Promise<void> => {
    try {
      const bytes = new Uint8Array(await load(url, kind));
      result.loaded.push(url);
      if (bytes[0] !== 0x7b) return;
      const json = JSON.parse(new TextDecoder().decode(bytes)) as { root?: TileJson };
      await Promise.all(contentsOf(json.root ?? {}).map((uri) => visit(new URL(uri, url).href, 'content')));
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      result.failed.push({ url, code, message });
    }
  };
  await visit(root, 'tileset');
  return result;
}
