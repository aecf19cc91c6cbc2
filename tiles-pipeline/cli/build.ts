import { parseArgs } from 'node:util';
import { TwinError } from '../../engine/errors.ts';
import { HEIGHT_DATUMS, type HeightDatum } from '../catalogue.ts';
import { parseCredit } from '../credits.ts';
import { convert, type Report } from '../convert.ts';
import { parseCover, parseCrs, parsePlace } from './place.ts';
import type { Terminal } from './terminal.ts';
import { progressLine } from './progress.ts';

/** `tiles build INPUT… -o DIR` */
export async function buildCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string', short: 'o' },
      title: { type: 'string' },
      datum: { type: 'string' },
      'survey-date': { type: 'string' },
      synthetic: { type: 'boolean' },
      source: { type: 'string', multiple: true },
      place: { type: 'string', multiple: true },
      crs: { type: 'string', multiple: true },
      cover: { type: 'string' },
      credit: { type: 'string', multiple: true },
      'review-number': { type: 'string' },
    },
  });
  if (!values.out) throw new TwinError('bad-input', 'Name the folder to make: citymirror tiles build INPUT… -o DIR');
  if (positionals.length === 0) throw new TwinError('bad-input', 'Name at least one input file: citymirror tiles build INPUT… -o DIR');
  if (values.datum && !HEIGHT_DATUMS.includes(values.datum as HeightDatum)) throw new TwinError('bad-input', `--datum ${values.datum} is not known; it is one of ${HEIGHT_DATUMS.join(', ')}.`);
  const started = performance.now();
  const line = progressLine(terminal);
  const declared = { title: values.title, heightDatum: values.datum as HeightDatum | undefined, surveyDate: values['survey-date'], synthetic: values.synthetic, source: values.source, credits: values.credit?.map(parseCredit), reviewNumber: values['review-number'] };
  try {
    const { report, catalogue } = await convert({ inputs: positionals, out: values.out, declared, places: values.place?.map(parsePlace), crs: values.crs?.map(parseCrs), cover: values.cover === undefined ? undefined : parseCover(values.cover), onProgress: line.show, signal: terminal.signal });
    line.end();
    terminal.out(summary(report, catalogue.heightDatum, values.out, (performance.now() - started) / 1000));
    for (const issue of report.issues) terminal.err(`${issue.severity}: ${issue.message}${(issue.count ?? 1) > 1 ? ` (${issue.count} times)` : ''}\n`);
    return report.issues.some((issue) => issue.severity === 'error') ? 1 : 0;
  } finally {
    line.end();
  }
}

function n(value: number): string {
  return value.toLocaleString('en');
}

function summary(report: Report, datum: HeightDatum, out: string, seconds: number): string {
  const layers = Object.entries(report.layers).filter(([, count]) => count > 0);
  const skipped = Object.entries(report.skipped).map(([reason, count]) => `${n(count)} × ${reason}`);
  const { given, storeys, default: assumed } = report.heights;
  const lines = [
    `${n(report.in)} in, ${n(report.out)} out, ${n(report.in - report.out)} skipped${skipped.length > 0 ? `: ${skipped.join(', ')}` : ''}`,
    layers.map(([layer, count]) => `${n(count)} ${layer}`).join(', '),
    ...(report.layers.buildings > 0 ? [`heights: ${n(given)} given, ${n(storeys)} from storeys, ${n(assumed)} assumed`] : []),
    ...(report.tileset ? [`3D Tiles: ${report.tileset.contents} contents, ${(report.tileset.bytes / 1e6).toFixed(2)} MB, ${report.tileset.depth} levels`] : []),
    ...(report.models ? [`models: ${report.models.contents} contents, ${(report.models.bytes / 1e6).toFixed(2)} MB`] : []),
    ...(report.terrain ? [`terrain: ${report.terrain.tiles} tiles, ${(report.terrain.bytes / 1e6).toFixed(1)} MB, ${report.terrainFilled} samples filled`] : []),
    `heights above: ${datum === 'unknown' ? `unknown (say it with --datum ${HEIGHT_DATUMS.filter((name) => name !== 'unknown').join('|')})` : datum}`,
    `${out} is ready (${seconds.toFixed(1)} s)`,
  ];
  return `${lines.join('\n')}\n`;
}
