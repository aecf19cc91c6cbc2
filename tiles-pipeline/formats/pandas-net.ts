import { decodeText } from '../../workers/models/network/inp.ts';
import { readPandas } from '../../workers/models/network/pandas.ts';
import type { Format, NetworkTable, ReadContext, Source } from './format.ts';

/** Nets saved by pandapipes (gas, water, heat) and pandapower. */
export const pandasNet = {
  id: 'pandas-net',
  title: 'pandapipes and pandapower nets (JSON)',
  extensions: ['json'],
  sniff(head: Uint8Array): boolean {
    return /^\s*\{\s*"_module"\s*:\s*"panda(pipes|power)\b/u.test(new TextDecoder().decode(head));
  },
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<NetworkTable> {
  const { text } = decodeText(await source.bytes());
  context.signal?.throwIfAborted();
  const network = readPandas(text, { file: source.name, issues: context.issues, skip: (reason, count) => context.skip(reason, count) }, source.name.replace(/^.*[/\\]/u, ''));
  if (network) yield { kind: 'network', network };
}
