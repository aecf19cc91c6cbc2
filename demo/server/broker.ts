import { Duplex } from 'node:stream';
import type { IncomingMessage, Server } from 'node:http';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';

/** Largest MQTT packet taken from a client, in bytes. */
const LARGEST = 4 << 20;

export interface Broker {
  /** Hears every message that a client publishes. */
  hear(listener: (topic: string, payload: Uint8Array) => void): void;
  close(): Promise<void>;
}

/** An MQTT broker at `path` of an HTTP server, over WebSocket. Pages of other origins are refused. */
export async function startBroker(server: Server, path: string): Promise<Broker> {
  const broker = await Aedes.createBroker();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false), maxPayload: LARGEST });
  server.on('upgrade', (request, socket, head) => {
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== path) return;
    if (!sameOrigin(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const stream: Duplex = createWebSocketStream(opened);
      stream.on('error', () => stream.destroy());
      broker.handle(stream, request);
    });
  });
  return {
    hear(listener) {
      broker.on('publish', ({ topic, payload }, client) => {
        if (client) listener(topic, typeof payload === 'string' ? Buffer.from(payload) : payload);
      });
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await new Promise<void>((done) => broker.close(() => done()));
    },
  };
}

/** Whether a request comes from a page of this server, or from no page. */
export function sameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
