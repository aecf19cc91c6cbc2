import { decodeText } from '../../workers/models/network/inp.ts';
import { readLandXml } from '../../workers/models/network/landxml.ts';
import type { Format, NetworkTable, ReadContext, Source } from './format.ts';

/** Pipe networks of LandXML 1.0 to 2.0 (InfraModel included). */
export const landxml = {
  id: 'landxml',
  title: 'LandXML pipe networks',
  extensions: ['xml', 'landxml'],
  sniff(head: Uint8Array): boolean {
    return /<(\w+:)?LandXML[\s>]/u.test(new TextDecoder().decode(head));
  },
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<NetworkTable> {
  const { text } = decodeText(await source.bytes());
  context.signal?.throwIfAborted();
  if (!/<\/(\w+:)?LandXML\s*>\s*$/u.test(text.slice(-4096))) context.issues.push({ code: 'truncated', severity: 'error', path: source.name, message: `${source.name} ends before its last tag </LandXML>: it is cut off. The pipes before were used; copy or export it again.` });
  const network = readLandXml(text, { file: source.name, issues: context.issues, skip: (reason, count) => context.skip(reason, count) }, source.name.replace(/^.*[/\\]/u, ''));
  if (network) yield { kind: 'network', network };
}
