import { cityObject, type CityObject } from './city-model/city-object.ts';
import { CityReading } from './city-model/city-reading.ts';
import type { Frame } from './city-model/frame.ts';
import { GmlAppearance } from './city-model/gml-appearance.ts';
import { GmlMembers, type GmlMember } from './city-model/gml-members.ts';
import { below } from './city-model/gml-node.ts';
import { GmlObjects } from './city-model/gml-objects.ts';
import { surveyGml, type GmlSurvey } from './city-model/gml-survey.ts';
import { TextFault } from './city-model/json-lines.ts';
import { roleOf } from './city-model/kinds.ts';
import { parseXml } from './city-model/xml-text.ts';
import type { FeatureTable, Format, RasterTable, ReadContext, Source } from './format.ts';

/** CityGML 2.0 and 3.0 (1.0 where it is alike), PLATEAU's i-UR included; one object of the root in memory at a time. */
export const citygml = {
  id: 'citygml',
  title: 'CityGML (PLATEAU included)',
  extensions: ['gml', 'xml', 'citygml'],
  sniff(head: Uint8Array): boolean {
    const text = textOf(head).replaceAll(/<!--[\s\S]*?(-->|$)|<\?[\s\S]*?(\?>|$)/gu, '');
    return /^\s*(<!DOCTYPE[^<]*)?(<!\w[^<]*)*<([\w.-]+:)?CityModel[\s>]/u.test(text) || (/^\s*<([\w.-]+:)?FeatureCollection\s/u.test(text) && /www\.opengis\.net\/citygml\//u.test(text));
  },
  apart: true,
  read,
} as const satisfies Format;

function textOf(head: Uint8Array): string {
  const wide = head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(wide).decode(head).replace(/^\uFEFF/u, '');
}

async function* read(source: Source, context: ReadContext): AsyncGenerator<FeatureTable | RasterTable> {
  const reader = new GmlReader(source, context);
  reader.survey = await surveyGml(source, context.signal);
  let consumed = 0;
  try {
    for await (const read of parseXml(source, reader.members)) {
      context.signal?.throwIfAborted();
      consumed = read;
      for (const member of reader.members.take()) yield* reader.add(member, consumed);
    }
  } catch (cause) {
    if (!(cause instanceof TextFault)) throw cause;
    for (const member of reader.members.take()) yield* reader.add(member, consumed);
    reader.fail(cause);
  }
  for (const member of reader.members.take()) yield* reader.add(member, consumed);
  yield* reader.city.end();
  reader.close();
}

/** The state of one CityGML file being read. */
class GmlReader {
  readonly city: CityReading;
  readonly members: GmlMembers;
  survey: GmlSurvey | undefined;
  #failed = false;
  #triangles = 0;
  readonly #frames = new Map<string, Frame | undefined>();

  constructor(
    private readonly source: Source,
    private readonly context: ReadContext,
  ) {
    this.city = new CityReading(source, context);
    this.members = new GmlMembers('members', (corners, line) => this.#triangle(corners, line));
  }

  fail({ code, what, line }: TextFault): void {
    this.#failed = true;
    const kept = this.city.seen > 0 ? ` The ${this.city.seen} object${this.city.seen === 1 ? '' : 's'} before it ${this.city.seen === 1 ? 'was' : 'were'} used.` : '';
    this.context.issues.push({ code, severity: 'error', message: `${this.source.name}, line ${line}: the file ${what}.${kept}`, path: `line ${line}` });
  }

  close(): void {
    const { issues } = this.context;
    const { name } = this.source;
    if (this.members.elsewhere > 0) issues.push({ code: 'external-reference', severity: 'warning', message: `${name}: ${this.members.elsewhere} members are in other files or elsewhere; give those files themselves.`, path: name, count: this.members.elsewhere });
    if (this.survey && this.survey.looks.otherKinds > 0) issues.push({ code: 'texture-kind', severity: 'warning', message: `${name}: ${this.survey.looks.otherKinds} textures are laid on by coordinates of the ground or a matrix and are not used; the surfaces keep their colour.`, path: name, count: this.survey.looks.otherKinds });
    if (this.city.seen > 0 || this.#triangles > 0 || this.#failed) return;
    issues.push({ code: 'no-features', severity: 'warning', message: `${name} holds no city object: nothing to read in it.`, path: name });
  }

  #frame(named: string | undefined): Frame | undefined {
    const key = named ?? this.members.system ?? this.survey?.system ?? '';
    if (!this.#frames.has(key)) this.#frames.set(key, this.city.frameOf(key === '' ? undefined : key));
    return this.#frames.get(key);
  }

  #triangle(corners: readonly number[] | undefined, line: number): void {
    this.#triangles++;
    const frame = corners && corners.length >= 9 ? this.#frame(undefined) : undefined;
    if (!corners || corners.length < 9) this.city.tally.fault('surface with broken coordinates', `line ${line}`);
    else if (frame) {
      this.city.tally.flat++;
      this.city.triangle(frame.degrees(corners.slice(0, 9)));
    }
  }

  async *add(member: GmlMember, read: number): AsyncGenerator<FeatureTable> {
    const { node } = member;
    const role = roleOf(node.name);
    if (role === 'relief') {
      for (const other of below(node, ({ name }) => /^(MassPointRelief|BreaklineRelief|RasterRelief)$/u.test(name))) this.city.problem('relief-kind', `terrain given as ${other.name} is not read, only triangles (TINRelief)`, `line ${other.line}`);
      return;
    }
    if (role === 'group' && !node.geometry) return;
    const frame = this.#frame(member.system);
    const object = frame ? this.#object(member, frame) : undefined;
    yield* this.city.add([object ?? cityObject(node.name, undefined, {})], frame, read);
  }

  #object({ node, byId }: GmlMember, frame: Frame): CityObject {
    const { survey, city } = this;
    const looks = new GmlAppearance(survey?.looks);
    for (const own of below(node, ({ name }) => name === 'Appearance')) looks.add(own);
    const lookup = {
      find: (id: string) => byId.get(id) ?? survey?.shared.get(id),
      looks,
      tally: city.tally,
      problem: (code: string, what: string, where: string) => city.problem(code, what, where),
    };
    return new GmlObjects(lookup, frame).read(node);
  }
}
