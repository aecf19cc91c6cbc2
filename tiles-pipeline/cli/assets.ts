import { join } from 'node:path';
import { TwinError } from '../../engine/errors.ts';
import { copyAssets } from '../../engine/backends/cesium/assets.mjs';
import { parseCommand, type CommandSpec } from './options.ts';
import type { Command, Terminal } from './terminal.ts';

const spec = {
  name: 'assets',
  operands: 'DIR',
  what: "copy Cesium's own workers where a portal can serve them",
  options: {},
  example: 'assets public/citymirror-assets',
} as const satisfies CommandSpec;

/** `assets DIR`: puts Cesium's own workers and decoders where a portal without Vite can serve them. */
export const assets: Command = {
  spec,
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const { positionals } = parseCommand(spec, args);
    if (positionals.length !== 1) throw new TwinError('bad-input', 'Name one folder: citymirror assets DIR');
    const target = join(positionals[0], 'cesium');
    const { files, bytes } = copyAssets(target);
    terminal.out(`${files} files (${(bytes / 1e6).toFixed(1)} MB) are in ${target}; serve ${positionals[0]} and pass its address as \`assets\` to createTwin.\n`);
    return 0;
  },
};
