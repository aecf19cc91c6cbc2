import { join } from 'node:path';
import { TwinError } from '../../engine/errors.ts';
import { copyAssets } from '../../engine/backends/cesium/assets.mjs';
import type { Terminal } from './terminal.ts';

/** `assets DIR`: puts Cesium's own workers and decoders where a portal without Vite can serve them. */
export async function assetsCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.length !== 1) throw new TwinError('bad-input', 'Name one folder: citymirror assets DIR');
  const { files, bytes } = copyAssets(join(args[0], 'cesium'));
  terminal.out(`${files} files (${(bytes / 1e6).toFixed(1)} MB) are in ${join(args[0], 'cesium')}; serve ${args[0]} and pass its address as \`assets\` to createTwin.\n`);
  return 0;
}
