import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test makes of one request before the store sees it: a status to answer instead, `cut` for no answer at all. */
export type Trouble = (request: { method: string; path: string; headers: IncomingMessage['headers'] }) => number | 'cut' | undefined;

export interface TestStore {
  readonly endpoint: string;
  readonly requests: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  trouble: Trouble;
  /** Most requests that were there at one time. */
  most: number;
  close(): Promise<void>;
}

interface S3rver {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
  readonly httpServer: { closeAllConnections(): void };
}

/** A store that speaks S3, behind a door that keeps a record and makes trouble. */
export async function testStore(directory: string, bucket: string): Promise<TestStore> {
  // @ts-expect-error It comes without types.
  const { default: Server } = (await import('s3rver')) as { default: new (options: object) => S3rver };
  const inner = new Server({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: bucket }] });
  const { port } = await inner.run();
  let open = 0;
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url: path = '', headers } = request;
    store.requests.push({ method, path, headers });
    store.most = Math.max(store.most, ++open);
    response.once('close', () => open--);
    const trouble = store.trouble({ method, path, headers });
    if (trouble === 'cut') return void request.socket.destroy();
    if (trouble !== undefined) {
      request.resume();
      return void response.writeHead(trouble, { 'Content-Type': 'application/xml' }).end(trouble === 403 ? '<Error><Code>AccessDenied</Code></Error>' : '<Error><Code>SlowDown</Code></Error>');
    }
    const onward = forward({ port, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  };
  const door = createServer(pass);
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const store: TestStore = {
    endpoint: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    requests: [],
    trouble: () => undefined,
    most: 0,
    close: async () => {
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
      inner.httpServer.closeAllConnections();
      await inner.close();
    },
  };
  return store;
}

