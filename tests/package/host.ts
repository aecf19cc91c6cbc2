import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectAsync } from 'mqtt';
import { startBroker } from '../../demo/server/broker.ts';
import { serveFolder, type Handler } from '../../demo/server/files.ts';

/** The policy that a portal may set: nothing evaluated but WebAssembly, nothing inline, nobody else asked. */
export const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; connect-src 'self' ws:; img-src 'self' data: blob:";

/** One file that was asked for: its path and the bytes of the body as sent, packed where it was packed. */
export interface Sent {
  readonly path: string;
  readonly bytes: number;
}

export interface Host {
  readonly origin: string;
  /** All that was sent since the last call. */
  sent(): Sent[];
  close(): Promise<void>;
}

/** Serves folders under the policy (URL prefix → folder), counts what goes out, and runs a broker at /mqtt with a few vehicles on it. */
export async function startHost(folders: Record<string, string>): Promise<Host> {
  const handlers: Handler[] = Object.entries(folders).map(([prefix, folder]) => serveFolder(folder, { prefix, headers: { 'Content-Security-Policy': policy } }));
  let counted: Sent[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0];
    let bytes = 0;
    const count = (chunk: unknown): void => { if (typeof chunk === 'string' || chunk instanceof Uint8Array) bytes += Buffer.byteLength(chunk); };
    const { write, end } = response;
    response.write = ((...given: unknown[]) => { count(given[0]); return Reflect.apply(write, response, given); }) as typeof write;
    response.end = ((...given: unknown[]) => { count(given[0]); return Reflect.apply(end, response, given); }) as typeof end;
    response.on('close', () => counted.push({ path, bytes }));
    void (async () => {
      for (const handle of handlers) if (await handle(request, response)) return;
      response.writeHead(404).end();
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const broker = await startBroker(server, '/mqtt');
  const client = await connectAsync(`ws://127.0.0.1:${port}/mqtt`);
  const tell = (): void => {
    const t = Date.now() / 1000;
    const cars = Array.from({ length: 5 }, (_, n) => ({ id: `car-${n}`, t, lon: 117.49 + ((n * 60 + (t % 60) * 8) % 300) / 95_700, lat: 30.66 - 1.6 / 110_860, speed: 8, heading: 90 }));
    client.publish('city/vehicles/0', JSON.stringify(cars));
  };
  const timer = setInterval(tell, 1000);
  return {
    origin: `http://127.0.0.1:${port}`,
    sent() {
      const since = counted;
      counted = [];
      return since;
    },
    async close() {
      clearInterval(timer);
      await client.endAsync(true);
      await broker.close();
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
