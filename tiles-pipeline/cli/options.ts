import { parseArgs } from 'node:util';

/** One option of a command: what `parseArgs` needs, and its line in the help. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string;
  /** What stands for its value in the help: `DIR`; absent for a switch. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** A command as it is read and as it is explained: one table for both. */
export interface CommandSpec<O extends Options = Options> {
  /** As typed after `citymirror`: `tiles build`. */
  readonly name: string;
  /** What it is given beside options: `INPUT… -o DIR`. */
  readonly operands: string;
  /** One line in the list of commands. */
  readonly what: string;
  readonly options: O;
  /** Sentences below the options. */
  readonly notes?: readonly string[];
  readonly example: string;
}

/** Columns a help screen may take, and lines. */
export const SCREEN = { columns: 100, lines: 24 } as const;
const HALF = 49;
const NAME = 21;

/** Reads a command's words by its table. @throws TypeError `ERR_PARSE_ARGS_…` for what is not in it */
export function parseCommand<const O extends Options>(spec: CommandSpec<O>, args: readonly string[]): ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: O }>> {
  return parseArgs({ args: [...args], allowPositionals: true as const, options: spec.options });
}

/** The help of one command: one screen. */
export function helpOf(spec: CommandSpec): string {
  const lines = [`citymirror ${spec.name}${spec.operands ? ` ${spec.operands}` : ''}`, `  ${spec.what}`, ''];
  let open = '';
  for (const [name, option] of Object.entries(spec.options)) {
    const left = `${option.short ? `-${option.short}, ` : ''}--${name}${option.value ? ` ${option.value}` : ''}`;
    const cell = `${left.padEnd(NAME)}  ${option.help}`;
    const half = cell.length < HALF;
    if (open && half) lines.push(`  ${open.padEnd(HALF)}${cell}`);
    else if (open) lines.push(`  ${open}`);
    if (!half) lines.push(`  ${cell}`);
    open = half && !open ? cell : '';
  }
  if (open) lines.push(`  ${open}`);
  if (lines.at(-1) !== '') lines.push('');
  lines.push(...(spec.notes ?? []), `Example: citymirror ${spec.example}`);
  return `${lines.join('\n')}\n`;
}

/** Text in lines of a screen's width. */
export function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > SCREEN.columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

/** A line a command. */
export function listOf(specs: readonly CommandSpec[]): string {
  const left = specs.map(({ name, operands }) => `${name} ${operands}`.trim());
  const width = Math.max(...left.map((each) => each.length));
  return specs.map(({ what }, k) => `  ${left[k].padEnd(width)}  ${what}`).join('\n');
}
