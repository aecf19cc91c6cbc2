import { readEpanet } from '../../workers/models/network/epanet.ts';
import { decodeText, inpDialect, inpSections } from '../../workers/models/network/inp.ts';
import { faultOfFile, type NetworkReport } from '../../workers/models/network/network-draft.ts';
import { readSwmm } from '../../workers/models/network/swmm.ts';
import type { Format, NetworkTable, ReadContext, Source } from './format.ts';

/** EPANET and SWMM input files: text in sections named in brackets. Which of the two a file is for shows only further down; both are read here. */
export const inp = {
  id: 'inp',
  title: 'EPANET 2 and SWMM 5 input files',
  extensions: ['inp'],
  sniff(head: Uint8Array): boolean {
    const text = decodeText(head.subarray(0, head.lastIndexOf(10) + 1 || head.length)).text.replace(/^\uFEFF/u, '');
    // Line by line, in one way only: blanks that two parts of the pattern could take would be tried in every combination.
    return /^(?:[^\S\n]*(?:;[^\n]*)?\n)*[^\S\n]*\[(title|junctions|options|reservoirs|pipes|conduits)\]/iu.test(text);
  },
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<NetworkTable> {
  const { text, encoding } = decodeText(await source.bytes());
  context.signal?.throwIfAborted();
  const report: NetworkReport = { file: source.name, issues: context.issues, skip: (reason, count) => context.skip(reason, count) };
  const name = source.name.replace(/^.*[/\\]/u, '');
  if (encoding !== 'utf-8') faultOfFile(report, 'encoding', `its text is no UTF-8 and was read as ${encoding === 'gb18030' ? 'GBK' : 'UTF-16'}. If names look wrong, save it as UTF-8.`, 'info');
  const dialect = inpDialect(inpSections(text));
  if (!dialect) return faultOfFile(report, 'no-links', 'it has neither pipes nor conduits, so it is no network of EPANET or SWMM. Check that it is whole.');
  const network = (dialect === 'swmm' ? readSwmm : readEpanet)(text, report, name);
  if (network) yield { kind: 'network', network };
}
