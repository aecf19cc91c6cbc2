import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { sameOrigin, startBroker } from './broker.ts';
import { catalogueOf, type City } from './cities.ts';
import { serveFolder, type Handler } from './files.ts';
import { policyHeaders } from './policy.ts';
import { Relay } from './relay.ts';

export interface ServerOptions {
  port: number;
  /** Folders of the built pages, looked through in order, or a handler that makes them on the fly. */
  pages: readonly string[] | Handler;
  cities: readonly City[];
  /** Small documents made when they are asked for, by path: JSON, or the bytes of a zip. */
  documents?: Readonly<Record<string, () => unknown>>;
  /** Sent with every answer in place of the usual ones (a development server injects styles, which the policy forbids). */
  headers?: Record<string, string>;
  /** Origins that the pages may ask beside this server. */
  allow?: readonly string[];
}

export interface Running {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** One server for everything: pages, tiles and terrain with ranges and gzip, the broker at /mqtt, and its messages at /relay/events and /relay/poll for who can open no WebSocket. @throws Error naming the port where it is taken */
export async function startServer(options: ServerOptions): Promise<Running> {
  const sent = options.headers ?? policyHeaders(options.allow);
  const handlers: Handler[] = [
    ...options.cities.map((city) => serveFolder(city.folder, { prefix: `/cities/${city.id}/`, headers: sent, maxAge: 0 })),
    ...(typeof options.pages === 'function' ? [options.pages] : options.pages.map((folder) => serveFolder(folder, { prefix: '/', headers: sent, maxAge: 0 }))),
  ];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const broker = await startBroker(server, '/mqtt');
  const relay = new Relay('/relay');
  broker.hear((topic, payload) => relay.publish(topic, payload));
  const port = await listen(server, options.port);
  return {
    url: `http://localhost:${port}/`,
    port,
    async close() {
      relay.close();
      await broker.close();
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/') return void response.writeHead(302, { ...sent, Location: '/planner/' }).end();
    if (pathname === '/cities/index.json') return void response.writeHead(200, { ...sent, 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' }).end(JSON.stringify(catalogueOf(options.cities)));
    if (pathname.startsWith('/relay/') && sameOrigin(request) && relay.handle(request, response, sent)) return;
    const document = options.documents?.[pathname];
    if (document) {
      const made = await document();
      const bytes = made instanceof Uint8Array;
      return void response.writeHead(200, { ...sent, 'Content-Type': bytes ? 'application/zip' : 'application/json', 'Cache-Control': 'no-cache' }).end(bytes ? made : JSON.stringify(made));
    }
    for (const handle of handlers) if (await handle(request, response)) return;
    response.writeHead(404, { ...sent, 'Content-Type': 'text/plain; charset=utf-8' }).end('not found\n');
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} is taken. Stop what runs there, or choose another: PORT=${port + 1} npm start`) : error);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
