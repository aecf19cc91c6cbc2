import { connect, createServer, type Socket } from 'node:net';

/** What a line does to what passes it; after toxiproxy's toxics. */
export type Toxic =
  | { readonly kind: 'none' }
  /** Half open: nothing passes any more, nobody is told. */
  | { readonly kind: 'timeout' }
  /** Milliseconds of delay, give or take; in order. */
  | { readonly kind: 'latency'; readonly ms: number; readonly jitter: number }
  /** Bytes a second, to the client. */
  | { readonly kind: 'bandwidth'; readonly bytes: number }
  /** Pieces of some bytes, milliseconds apart. */
  | { readonly kind: 'slicer'; readonly size: number; readonly ms: number }
  /** Ends with RST after some milliseconds. */
  | { readonly kind: 'reset_peer'; readonly ms: number }
  /** Ends after so many bytes to the client. */
  | { readonly kind: 'limit_data'; readonly bytes: number }
  /** Keeps a connection that its other side ended for some milliseconds. */
  | { readonly kind: 'slow_close'; readonly ms: number };

export interface ToxicProxy {
  readonly port: number;
  /** Holds for connections that are open and for new ones. */
  toxic: Toxic;
  /** Times at which clients connected, milliseconds. */
  readonly connects: number[];
  readonly open: number;
  close(): void;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A TCP proxy to a port of the loopback that can be poisoned while it runs. */
export function startToxicProxy(target: number): Promise<ToxicProxy> {
  const sockets = new Set<Socket>();
  const connects: number[] = [];
  const server = createServer({ allowHalfOpen: false }, (client) => {
    connects.push(Date.now());
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    pass(client, upstream, proxy, false);
    pass(upstream, client, proxy, true);
  });
  const proxy = {
    port: 0,
    toxic: { kind: 'none' } as Toxic,
    connects,
    get open() { return sockets.size / 2; },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      proxy.port = typeof address === 'object' && address ? address.port : 0;
      resolve(proxy);
    });
  });
}

/** Hands on what one side says to the other, as the toxic of the moment has it. `down`: towards the client. */
function pass(from: Socket, to: Socket, proxy: { readonly toxic: Toxic }, down: boolean): void {
  let chain: Promise<void> = Promise.resolve();
  let passed = 0;
  from.on('data', (chunk: Buffer) => {
    chain = chain.then(() => poison(chunk));
  });
  from.on('close', () => {
    const { toxic } = proxy;
    if (toxic.kind === 'timeout') return;
    chain = chain.then(() => pause(toxic.kind === 'slow_close' ? toxic.ms : 0)).then(() => void to.destroy());
  });
  const write = (bytes: Buffer): void => {
    if (!to.destroyed) to.write(bytes);
  };
  const poison = async (chunk: Buffer): Promise<void> => {
    const { toxic } = proxy;
    if (toxic.kind === 'timeout') return;
    if (toxic.kind === 'latency') await pause(Math.max(0, toxic.ms + (Math.random() * 2 - 1) * toxic.jitter));
    if (toxic.kind === 'reset_peer') {
      await pause(toxic.ms);
      from.resetAndDestroy();
      to.resetAndDestroy();
      return;
    }
    if (down && (toxic.kind === 'bandwidth' || toxic.kind === 'slicer')) {
      const size = toxic.kind === 'slicer' ? toxic.size : Math.max(1, Math.round(toxic.bytes / 20));
      for (let at = 0; at < chunk.length; at += size) {
        // A line that was mended hands over the rest at once.
        if (proxy.toxic !== toxic) return write(chunk.subarray(at));
        write(chunk.subarray(at, at + size));
        await pause(toxic.kind === 'slicer' ? toxic.ms : 50);
      }
      return;
    }
    passed += chunk.length;
    if (down && toxic.kind === 'limit_data' && passed > toxic.bytes) {
      write(chunk.subarray(0, Math.max(0, chunk.length - (passed - toxic.bytes))));
      from.destroy();
      to.destroy();
      return;
    }
    write(chunk);
  };
}
