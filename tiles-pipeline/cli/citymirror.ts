import { TwinError } from '../../engine/errors.ts';
import { assets } from './assets.ts';
import { formats } from '../formats/index.ts';
import { build } from './build.ts';
import { check } from './check.ts';
import { info } from './info.ts';
import { helpOf, listOf, wrapped } from './options.ts';
import { ownProcess } from './process.ts';
import { record } from './record.ts';
import { serve } from './serve.ts';
import type { Command, Terminal } from './terminal.ts';
import { work } from './work.ts';

/** Every command. A new one is one line here. */
const commands: readonly Command[] = [build, work, info, check, serve, record, assets];

/** Exit code of what was stopped; by which signal is for the process to say. */
const STOPPED = 130;

const codes = 'Exit code: 0 all well; 1 built, but some input was not (wholly) usable, or faults were found;\n2 nothing done; 130 or 143 stopped. Every command says more with --help.';

function usage(group: string): string {
  const listed = commands.filter(({ spec }) => group === '' || spec.name.startsWith(`${group} `));
  const kinds = wrapped(`Inputs are found out by their content, and a folder is read whole: ${formats.map(({ title }) => title).join(', ')}.`);
  return `citymirror: tools of the city twin (城镜)\n\n${listOf(listed.map(({ spec }) => spec))}\n\n${kinds}\n${codes}\n`;
}

/** Runs one command; Ctrl-C stops it cleanly, a second one at once. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const own = ownProcess();
  try {
    const code = await run(args, own.terminal);
    // A command that had come to its end when it was told to stop has done its work.
    return code === STOPPED ? (own.stopped() ?? code) : code;
  } finally {
    own.end();
  }
}

/** {@link main} without the process around it. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  const asked = words.some((word) => word === '--help' || word === '-h');
  const command = commands.find(({ spec }) => spec.name.split(' ').every((word, k) => words[k] === word));
  const [group = ''] = words.filter((word) => !word.startsWith('-'));
  if (!command) {
    const known = group === '' || (group === 'tiles' && words.filter((word) => !word.startsWith('-')).length === 1);
    if (!known) terminal.err(`There is no command "${words.slice(0, 2).join(' ')}".\n\n`);
    (known ? terminal.out : terminal.err)(usage(group === 'tiles' ? 'tiles' : ''));
    return known && asked ? 0 : 2;
  }
  if (asked) {
    terminal.out(helpOf(command.spec));
    return 0;
  }
  try {
    return await command.run(words.slice(command.spec.name.split(' ').length), terminal);
  } catch (cause) {
    const { sentence, code } = explain(cause, command.spec.name);
    terminal.err(`${sentence}\n`);
    return code;
  }
}

/** A sentence for whatever was thrown. */
function explain(cause: unknown, command: string): { sentence: string; code: number } {
  if (cause instanceof TwinError) return { sentence: cause.message, code: cause.code === 'aborted' ? STOPPED : 2 };
  const { message, code = '', name } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { message: String(cause), name: '' };
  if (code.startsWith('ERR_PARSE_ARGS')) return { sentence: `${message.split(/\. To specify/u)[0].replace(/\.$/u, '')}. citymirror ${command} --help says what it takes.`, code: 2 };
  if (name === 'AbortError') return { sentence: 'Stopped; nothing was changed.', code: STOPPED };
  return { sentence: `citymirror ${command} broke down (${message}). Nothing was changed. This is a fault of the program: please report it with the input.`, code: 2 };
}
