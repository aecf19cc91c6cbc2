import { join } from 'node:path';
import { checkTileset } from '../tileset/check.ts';
import { catalogueIn } from './info-city.ts';
import { parseCommand, type CommandSpec } from './options.ts';
import type { Command, Terminal } from './terminal.ts';

const spec = {
  name: 'tiles check',
  operands: 'DIR',
  what: 'look through every file of a city folder for faults',
  options: {},
  notes: ['Exit code: 0 no faults, 1 faults found, 2 no city folder.'],
  example: 'tiles check city',
} as const satisfies CommandSpec;

/** `tiles check DIR`: exit code 1 where faults were found */
export const check: Command = {
  spec,
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const { positionals } = parseCommand(spec, args);
    const { dir, city } = await catalogueIn(positionals[0], 'check');
    const { buildings, models } = city.layers;
    if (!buildings && !models) {
      terminal.out(`${dir} has no buildings and no models: nothing to check.\n`);
      return 0;
    }
    const issues = buildings ? await checkTileset(dir) : [];
    if (models) issues.push(...(await checkTileset(join(dir, 'models'))).map((issue) => ({ ...issue, path: `models/${issue.path ?? ''}` })));
    for (const issue of issues) terminal.out(`${issue.severity} ${issue.code} ${issue.path ?? ''}: ${issue.message}\n`);
    terminal.out(issues.length === 0 ? 'no faults found\n' : `${issues.length} faults\n`);
    return issues.some((issue) => issue.severity === 'error') ? 1 : 0;
  },
};
