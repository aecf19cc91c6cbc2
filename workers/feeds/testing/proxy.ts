import { createServer, request as ask } from 'node:http';
import type { Socket } from 'node:net';

/** What a company's proxy does to what is not plain HTTP. */
export interface ProxyRules {
  /** An upgrade to a WebSocket: refused with 403, taken and never answered, or let through by cutting the connection at once. */
  readonly upgrade: 'refuse' | 'swallow' | 'pass';
  /** Bodies are held back until they are whole, so that a stream never arrives. */
  readonly buffer: boolean;
}

export interface Proxy {
  readonly url: string;
  rules: ProxyRules;
  close(): void;
}

/** A proxy on the loopback in front of a server. */
export async function startProxy(target: number, rules: ProxyRules): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const made: { rules: ProxyRules } = { rules };
  const server = createServer((incoming, response) => {
    const onward = ask({ host: '127.0.0.1', port: target, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
      if (!made.rules.buffer) {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        return void answer.pipe(response);
      }
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      const { 'transfer-encoding': _, ...headers } = answer.headers;
      answer.on('end', () => response.writeHead(answer.statusCode ?? 502, headers).end(Buffer.concat(parts)));
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (incoming, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (made.rules.upgrade === 'swallow') return;
    if (made.rules.upgrade === 'refuse') return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    const onward = ask({ host: '127.0.0.1', port: target, path: incoming.url, headers: incoming.headers });
    onward.on('upgrade', (answer, far) => {
      far.on('error', () => far.destroy());
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`).join('\r\n')}\r\n\r\n`);
      if (head.length > 0) far.write(head);
      far.pipe(socket).pipe(far);
    });
    onward.on('error', () => socket.destroy());
    onward.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(made, {
    url: `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    close(): void {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
}
