import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { find, installRedis } from '../../tests/install.mjs';

export interface RealRedis {
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  /** Ends it at once, as a power cut would; it keeps nothing. */
  kill(): Promise<void>;
  /** Ends it for good. */
  end(): Promise<void>;
}

/** A real redis-server on the loopback that keeps nothing on disk. @throws where it is not there and cannot be installed */
export async function startRedis({ password }: { password?: string } = {}): Promise<RealRedis> {
  const program = installRedis();
  if (!program) throw new Error('redis-server is needed and could not be installed (apt-get install redis-server)');
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-redis-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const redis: RealRedis = {
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    port,
    async start() {
      child = spawn(program, ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...(password === undefined ? [] : ['--requirepass', password])], { stdio: 'ignore' });
      for (let tried = 0; tried < 400; tried++) {
        if (await listening(port)) return;
        await new Promise((resolve) => { setTimeout(resolve, 25); });
      }
      throw new Error('redis-server did not begin to listen');
    },
    async kill() {
      const dying = child;
      child = null;
      if (!dying || dying.exitCode !== null) return;
      const gone = new Promise((resolve) => { dying.once('exit', resolve); });
      dying.kill('SIGKILL');
      await gone;
    },
    async end() {
      await redis.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}

/** A group of tests on a real Redis: skipped with one line where none is installed, and a failure under CI. */
export function describeRedis(name: string, body: () => void): void {
  if (find('redis-server')) {
    describe(name, body);
  } else if (process.env.CI) {
    test(name, () => {
      throw new Error('redis-server is missing (apt-get install redis-server)');
    });
  } else {
    console.log(`skipped: ${name} (no redis-server)`);
    describe.skip(name, body);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
