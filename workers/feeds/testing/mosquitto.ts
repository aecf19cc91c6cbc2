import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installMosquitto } from '../../../tests/install.mjs';

export interface RealBroker {
  /** ws:// address, and mqtt:// for publishers. */
  readonly url: string;
  readonly tcp: string;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good and removes its files. */
  end(): Promise<void>;
}

/** A port of the loopback that is free now. */
export function freePort(): Promise<number> {
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

/**
 * A real mosquitto with a WebSocket listener on the loopback, nothing kept on disk. @throws where it is not there and cannot be installed
 * @param options `anonymous`: whether it takes clients without a name (true); `queued`: messages it keeps for a client that reads slower than they come (1000, its own default), 0: all of them; further ones it throws away without a word
 */
export async function startMosquitto({ anonymous = true, queued = 1000 }: { anonymous?: boolean; queued?: number } = {}): Promise<RealBroker> {
  const program = installMosquitto();
  if (!program) throw new Error('mosquitto is needed and could not be installed (apt-get install mosquitto)');
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const plain = await freePort();
  const config = join(folder, 'mosquitto.conf');
  // Debian's build opens no WebSocket listener without a plain one beside it (eclipse-mosquitto/mosquitto#2284).
  writeFileSync(config, `listener ${plain} 127.0.0.1\nlistener ${port}\nprotocol websockets\nsocket_domain ipv4\nallow_anonymous ${anonymous}\npersistence false\nmax_queued_messages ${queued}\n`);
  let child: ChildProcess | null = null;
  const broker: RealBroker = {
    url: `ws://127.0.0.1:${port}`,
    tcp: `mqtt://127.0.0.1:${plain}`,
    async start() {
      child = spawn(program, ['-c', config], { stdio: 'ignore' });
      for (let tried = 0; tried < 200; tried++) {
        if ((await listening(plain)) && (await listening(port))) return;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error('mosquitto did not begin to listen');
    },
    async kill() {
      const dying = child;
      child = null;
      if (!dying || dying.exitCode !== null) return;
      const gone = new Promise((resolve) => dying.once('exit', resolve));
      dying.kill('SIGKILL');
      await gone;
    },
    async end() {
      await broker.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await broker.start();
  return broker;
}
