import { crc32, deflateRawSync, constants } from 'node:zlib';
import { seeded } from './pipeline-run.ts';

/** Files made to do harm. Everything is made from a seed or fixed: the same bytes every time. */

const SPECIALS = [0, 1, 0x22, 0x27, 0x28, 0x2c, 0x2d, 0x30, 0x39, 0x3c, 0x3e, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xe4, 0xff];
const WORDS = ['1e999999', '-1e999999', 'NaN', '-0', '9'.repeat(400), '18446744073709551616', '\\u0000', '../../../../etc/passwd', 'file:///etc/passwd', '<!DOCTYPE x [', '&x;', '[[[[[[[[[[[[[[[[', '__proto__', '$', '#1', '*'];

/** One seeded wound of a file: cut, flipped, replaced, taken out, doubled, a number blown up, a word put in. */
export function wounded(bytes: Uint8Array, seed: number): Uint8Array {
  const random = seeded(seed);
  const within = (n: number): number => Math.floor(random() * Math.max(1, n));
  let out: Uint8Array = Uint8Array.from(bytes);
  for (let times = 1 + within(3); times > 0; times--) {
    const [at, length] = [within(out.length), 1 + within(Math.min(400, out.length))];
    const kind = within(9);
    if (kind === 0) out = out.slice(0, at);
    else if (kind === 1) for (let k = 0; k < 8; k++) out[within(out.length)] ^= 1 << within(8);
    else if (kind === 2) out[at] = SPECIALS[within(SPECIALS.length)];
    else if (kind === 3) out = joined(out.subarray(0, at), out.subarray(at + length));
    else if (kind === 4) out = joined(out.subarray(0, at), out.subarray(at, at + length), out.subarray(at));
    else if (kind === 5) out.fill(SPECIALS[within(SPECIALS.length)], at, at + length);
    else if (kind === 6) out.set([[0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0x80], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0]][within(4)].slice(0, out.length - at), at);
    else if (kind === 7) out = withWord(out, at, WORDS[within(WORDS.length)]);
    else out = swapped(out, at, within(out.length), length);
    if (out.length === 0) break;
  }
  return out;
}

/** In text a word takes the place of the number or word that stands there. */
function withWord(bytes: Uint8Array, at: number, word: string): Uint8Array {
  let end = at;
  while (end < bytes.length && end < at + 24 && /[\w.+-]/u.test(String.fromCharCode(bytes[end]))) end++;
  return joined(bytes.subarray(0, at), Buffer.from(word), bytes.subarray(end));
}

function swapped(bytes: Uint8Array, a: number, b: number, length: number): Uint8Array {
  const out = Uint8Array.from(bytes);
  out.set(bytes.subarray(b, Math.min(b + length, bytes.length)).subarray(0, out.length - a), a);
  out.set(bytes.subarray(a, Math.min(a + length, bytes.length)).subarray(0, out.length - b), b);
  return out;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return whole(parts);
}

function whole(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export interface Entry {
  name: string;
  data: Uint8Array;
  /** What the archive says of it, where that is a lie. */
  says?: { size?: number; packed?: number; at?: number };
  /** The bytes as they stand in the archive, where they are not those that would be packed here. */
  raw?: { packed: Uint8Array; size: number; crc?: number };
  /** Unix mode of the entry: 0o120777 is a link. */
  mode?: number;
}

/** A ZIP archive of whatever it is told, lies included. @source PKWARE APPNOTE 6.3.10 */
export function zipOf(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, says = {}, raw, mode } of entries) {
    const packed = raw?.packed ?? deflateRawSync(data);
    const bytes = Buffer.from(name, 'utf8');
    const [size, own] = [says.size ?? raw?.size ?? data.length, says.packed ?? packed.length];
    const crc = raw?.crc ?? crc32(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    for (const [value, where] of [[20, 4], [0x0800, 6], [8, 8], [bytes.length, 26]] as const) local.writeUInt16LE(value, where);
    for (const [value, where] of [[crc, 14], [own, 18], [size, 22]] as const) local.writeUInt32LE(value >>> 0, where);
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    for (const [value, where] of [[0x0314, 4], [20, 6], [0x0800, 8], [8, 10], [bytes.length, 28]] as const) head.writeUInt16LE(value, where);
    for (const [value, where] of [[crc, 16], [own, 20], [size, 24], [(mode ?? 0) * 65536, 38], [says.at ?? at, 42]] as const) head.writeUInt32LE(value >>> 0, where);
    central.push(head, bytes);
    if (says.at !== undefined) continue;
    parts.push(local, bytes, packed);
    at += 30 + bytes.length + packed.length;
  }
  const directory = whole(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length & 0xffff, 8);
  end.writeUInt16LE(entries.length & 0xffff, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return whole([...parts, directory, end]);
}

/** Deflated zeros, `times` 64 MiB, without ever holding them: one block of them, again and again. */
export function zeros(times: number): { packed: Uint8Array; size: number } {
  const block = deflateRawSync(new Uint8Array(64 << 20), { finishFlush: constants.Z_FULL_FLUSH });
  const last = deflateRawSync(new Uint8Array(0));
  return { packed: whole([...Array.from({ length: times }, () => block), last]), size: (times * (64 << 20)) % 2 ** 32 };
}

/** Archives that unpack to far more than they are, by name. @source reliability.md, P09 */
export function zipBombs(ifc: Uint8Array): Record<string, Uint8Array> {
  const step = Buffer.from('ISO-10303-21;');
  const nested = (depth: number): Uint8Array => (depth === 0 ? zipOf([{ name: 'a.ifc', data: new Uint8Array(1 << 20) }]) : zipOf(Array.from({ length: 8 }, (_, k) => ({ name: `${k}.ifczip`, data: nested(depth - 1) }))));
  const big = zeros(160);
  const middle = zeros(8);
  return {
    'ten-gigabytes.ifczip': zipOf([{ name: 'a.ifc', data: step, raw: { ...big } }]),
    'half-gigabyte.ifczip': zipOf([{ name: 'a.ifc', data: step, raw: { ...middle } }]),
    'lying-small.ifczip': zipOf([{ name: 'a.ifc', data: step, raw: { ...big }, says: { size: 1000 } }]),
    'lying-large.ifczip': zipOf([{ name: 'a.ifc', data: step, says: { size: 0xfffffff0 } }]),
    'nested.ifczip': nested(3),
    'overlap.ifczip': zipOf([{ name: 'a.ifc', data: ifc }, ...Array.from({ length: 20_000 }, (_, k) => ({ name: `${k}.ifc`, data: step, says: { at: 0, size: ifc.length, packed: deflateRawSync(step).length } }))]),
    'many-entries.ifczip': zipOf([{ name: 'a.ifc', data: step }, ...Array.from({ length: 65_000 }, (_, k) => ({ name: `${k}`, data: new Uint8Array(0) }))]),
    'many-models.ifczip': zipOf(Array.from({ length: 3000 }, (_, k) => ({ name: `${k}.ifc`, data: step }))),
    'no-end.ifczip': zipOf([{ name: 'a.ifc', data: ifc }]).slice(0, -22),
  };
}

/** Names that lead out of the folder an archive is unpacked to. @source unzipper issues 353 and 357, Snyk's Zip Slip */
export const SLIPS: readonly string[] = [
  '../escaped.ifc', '../../escaped.ifc', 'a/../../escaped.ifc', './../escaped.ifc', '/tmp/citymirror-escaped.ifc', '//tmp/citymirror-escaped.ifc', 'C:\\escaped.ifc', 'C:/escaped.ifc', '..\\escaped.ifc', 'a\\..\\..\\escaped.ifc', '\\\\server\\share\\escaped.ifc',
  'a/\u0000/../escaped.ifc', '../city-prefix/escaped.ifc', '....//escaped.ifc', '%2e%2e/escaped.ifc', '..%2fescaped.ifc', '．．/escaped.ifc', 'a/..;/escaped.ifc', 'CON.ifc', 'a.ifc/../b.ifc', `${'a/'.repeat(300)}escaped.ifc`, `${'x'.repeat(300)}.ifc`, '~/escaped.ifc', '$HOME/escaped.ifc', '-rf.ifc', ' ../escaped.ifc',
];

/** XML that would eat memory, time or files, for one root element. @source reliability.md, P13 */
export function xmlBombs(open: string, close: string, secret: string, listener: string): Record<string, string | Uint8Array> {
  const laughs = `<!DOCTYPE z [<!ENTITY a "lol">${Array.from({ length: 9 }, (_, k) => `<!ENTITY ${'bcdefghij'[k]} "${`&${'abcdefghi'[k]};`.repeat(10)}">`).join('')}]>`;
  const doc = (before: string, inside: string): string => `<?xml version="1.0"?>${before}${open}${inside}${close}`;
  return {
    'xxe-file.xml': doc(`<!DOCTYPE z [<!ENTITY x SYSTEM "file://${secret}">]>`, '<name>&x;</name>'),
    'xxe-http.xml': doc(`<!DOCTYPE z [<!ENTITY x SYSTEM "${listener}/x">]>`, '<name>&x;</name>'),
    'parameter.xml': doc(`<!DOCTYPE z [<!ENTITY % x SYSTEM "${listener}/x.dtd"> %x;]>`, ''),
    'external-dtd.xml': doc(`<!DOCTYPE z SYSTEM "${listener}/z.dtd">`, ''),
    'laughs.xml': doc(laughs, '<name>&j;</name>'),
    'quadratic.xml': doc(`<!DOCTYPE z [<!ENTITY a "${'a'.repeat(100_000)}">]>`, `<name>${'&a;'.repeat(20_000)}</name>`),
    'numeric.xml': doc('', `<name>${'&#x41;'.repeat(2_000_000)}</name>`),
    'deep.xml': doc('', `${'<a>'.repeat(200_000)}${'</a>'.repeat(200_000)}`),
    'attributes.xml': doc('', `<a ${Array.from({ length: 100_000 }, (_, k) => `a${k}="1"`).join(' ')}/>`),
    'one-name.xml': doc('', `<${'n'.repeat(5_000_000)}/>`),
    'comment.xml': doc('', `<!--${'x'.repeat(10_000_000)}-->`),
    'schema-location.xml': doc('', `<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x ${listener}/x.xsd"/>`),
    'xlink.xml': doc('', `<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="${listener}/x.gml#1"/><a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="file://${secret}"/>`),
    'include.xml': doc('', `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://${secret}" parse="text"/>`),
    'utf16.xml': Buffer.from(`\uFEFF${doc(laughs, '<name>&j;</name>')}`, 'utf16le'),
    'utf7.xml': `<?xml version="1.0" encoding="UTF-7"?>+ADw-!DOCTYPE z +AFs-+ADw-!ENTITY x SYSTEM +ACI-file://${secret}+ACI-+AD4-+AF0-+AD4-${open}${close}`,
    'cut.xml': `<?xml version="1.0"?>${open}<a><b>`,
  };
}

/** Roots by format; the first 4,096 bytes say what a file is. */
export const XML_ROOTS: Readonly<Record<string, readonly [open: string, close: string]>> = {
  landxml: ['<LandXML xmlns="http://www.landxml.org/schema/LandXML-1.2" version="1.2"><Units><Metric linearUnit="meter"/></Units><PipeNetworks>', '</PipeNetworks></LandXML>'],
  citygml: ['<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml">', '</core:CityModel>'],
  osm: ['<osm version="0.6" generator="x">', '</osm>'],
};

const square = (lon: number, lat: number): number[][][] => [[[lon, lat], [lon + 2e-4, lat], [lon + 2e-4, lat + 2e-4], [lon, lat + 2e-4], [lon, lat]]];

export function building(lon = 117.49, lat = 30.66, properties: Record<string, unknown> = {}): { type: 'Feature'; properties: Record<string, unknown>; geometry: { type: 'Polygon'; coordinates: number[][][] } } {
  return { type: 'Feature', properties: { building: 'yes', height: 10, ...properties }, geometry: { type: 'Polygon', coordinates: square(lon, lat) } };
}

export function collectionOf(features: readonly unknown[], more: Record<string, unknown> = {}): string {
  return JSON.stringify({ type: 'FeatureCollection', ...more, features });
}

/** Numbers and texts that make slow parsers slow. @source reliability.md, P15 */
export function monsters(): Record<string, string> {
  const one = (text: string): string => collectionOf([building()]).replace('117.49', text);
  const crs = (name: string): string => collectionOf([building()], { crs: { type: 'name', properties: { name } } });
  return {
    'exponent.geojson': one('1e999999'), 'minus-exponent.geojson': one('1e-999999'), 'digits.geojson': one(`0.${'9'.repeat(10_000_000)}`), 'integer.geojson': one('9'.repeat(10_000_000)), 'nan.geojson': one('NaN'), 'minus-zero.geojson': one('-0'),
    'deep.geojson': `{"type":"FeatureCollection","features":[{"type":"Feature","properties":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)},"geometry":null}]}`,
    'brackets.geojson': `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":${'['.repeat(1_000_000)}`,
    'long-string.geojson': collectionOf([building(117.49, 30.66, { name: 'a'.repeat(20_000_000) })]),
    'spaces.geojson': `${' '.repeat(20_000_000)}${collectionOf([building()])}`,
    'many-keys.geojson': collectionOf([building(117.49, 30.66, Object.fromEntries(Array.from({ length: 200_000 }, (_, k) => [`k${k}`, k])))]),
    'proto.geojson': collectionOf([building()]).replace('"building"', '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"building"'),
    'crs-long.geojson': crs(`urn:ogc:def:crs:EPSG:${':'.repeat(200_000)}4326`), 'crs-digits.geojson': crs(`EPSG:${'4'.repeat(200_000)}`), 'crs-regex.geojson': crs(`EPSG:${'0.'.repeat(100_000)}x`),
    'spaces.inp': `[TITLE]\n${' '.repeat(5_000_000)}\n[JUNCTIONS]\n${'a '.repeat(1_000_000)}\n[PIPES]\n`,
    'quotes.ifc': `ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCWALL('${"''".repeat(3_000_000)}`,
    'nested.ifc': `ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCWALL(${'('.repeat(1_000_000)};\nENDSEC;\nEND-ISO-10303-21;\n`,
  };
}

/** A shapefile of squares with records as they are told to be. @source ESRI Shapefile Technical Description, 1998 */
export function shapefileOf(count: number, spoil: { record?: number; length?: number; garbage?: number; cut?: number } = {}): { shp: Uint8Array; shx: Uint8Array; dbf: Uint8Array } {
  const records: Uint8Array[] = [];
  const index: number[] = [];
  let at = 100;
  for (let k = 0; k < count; k++) {
    const [lon, lat] = [117.49 + (k % 20) * 5e-4, 30.66 + Math.floor(k / 20) * 5e-4];
    const record = Buffer.alloc(8 + 48 + 80);
    record.writeInt32BE(k + 1, 0);
    record.writeInt32BE(k === spoil.record && spoil.length !== undefined ? spoil.length : 64, 4);
    record.writeInt32LE(5, 8);
    for (const [value, where] of [[lon, 12], [lat, 20], [lon + 2e-4, 28], [lat + 2e-4, 36]] as const) record.writeDoubleLE(value, where);
    record.writeInt32LE(1, 44);
    record.writeInt32LE(5, 48);
    for (const [i, [x, y]] of [[lon, lat], [lon, lat + 2e-4], [lon + 2e-4, lat + 2e-4], [lon + 2e-4, lat], [lon, lat]].entries()) {
      record.writeDoubleLE(x, 56 + i * 16);
      record.writeDoubleLE(y, 64 + i * 16);
    }
    index.push(at);
    records.push(record);
    at += record.length;
    if (k === spoil.garbage) {
      records.push(Buffer.alloc(37, 0xa5));
      at += 37;
    }
  }
  const header = (bytes: number): Buffer => {
    const head = Buffer.alloc(100);
    head.writeInt32BE(9994, 0);
    head.writeInt32BE(bytes / 2, 24);
    head.writeInt32LE(1000, 28);
    head.writeInt32LE(5, 32);
    for (const [value, where] of [[117.49, 36], [30.66, 44], [117.6, 52], [30.7, 60]] as const) head.writeDoubleLE(value, where);
    return head;
  };
  const offsets = Buffer.alloc(count * 8);
  for (const [k, start] of index.entries()) {
    offsets.writeInt32BE(start / 2, k * 8);
    offsets.writeInt32BE(64, k * 8 + 4);
  }
  const shp = joined(header(at), ...records);
  return { shp: spoil.cut === undefined ? shp : shp.slice(0, spoil.cut), shx: joined(header(100 + offsets.length), offsets), dbf: dbfOf(count) };
}

/** A dBASE table with a height and a name in GBK. */
function dbfOf(count: number): Uint8Array {
  const head = Buffer.alloc(32 + 64 + 1);
  head[0] = 3;
  head.writeUInt32LE(count, 4);
  head.writeUInt16LE(head.length, 8);
  head.writeUInt16LE(1 + 10 + 10, 10);
  for (const [k, [name, type]] of [['HEIGHT', 'N'], ['NAME', 'C']].entries()) {
    head.write(name, 32 + k * 32, 'latin1');
    head.write(type, 32 + k * 32 + 11, 'latin1');
    head[32 + k * 32 + 16] = 10;
  }
  head[96] = 0x0d;
  // 楼 in GBK is C2 A5.
  const row = Buffer.concat([Buffer.from('         12', 'latin1'), Buffer.from([0xc2, 0xa5]), Buffer.alloc(8, 0x20)]);
  return joined(head, ...Array.from({ length: count }, () => row), Buffer.from([0x1a]));
}

/** A LAS 1.2 file of format 0 with what its header says of itself. @source ASPRS LAS 1.4 R15 */
export function lasOf(count: number, lies: { count?: number; offset?: number; length?: number; vlrs?: number; scale?: number; format?: number } = {}): Uint8Array {
  const head = Buffer.alloc(227);
  head.write('LASF', 0, 'latin1');
  head[24] = 1;
  head[25] = 2;
  head.writeUInt16LE(227, 94);
  head.writeUInt32LE(lies.offset ?? 227, 96);
  head.writeUInt32LE(lies.vlrs ?? 0, 100);
  head[104] = lies.format ?? 0;
  head.writeUInt16LE(lies.length ?? 20, 105);
  head.writeUInt32LE((lies.count ?? count) >>> 0, 107);
  for (const [k, value] of [lies.scale ?? 1e-7, lies.scale ?? 1e-7, 0.01, 117.49, 30.66, 0, 117.5, 117.49, 30.67, 30.66, 100, 0].entries()) head.writeDoubleLE(value, 131 + k * 8);
  const points = Buffer.alloc(count * 20);
  for (let k = 0; k < count; k++) {
    points.writeInt32LE((k % 100) * 100, k * 20);
    points.writeInt32LE(Math.floor(k / 100) * 100, k * 20 + 4);
    points.writeInt32LE(k % 5000, k * 20 + 8);
  }
  return joined(head, points);
}

const STEP = (data: string): string => `ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n${data}\nENDSEC;\nEND-ISO-10303-21;\n`;

/** Models that break web-ifc: found in trials-pipeline.md, section 3. */
export function badModels(): Record<string, string> {
  const frame = "#1=IFCCARTESIANPOINT((0.,0.,0.));\n#2=IFCAXIS2PLACEMENT3D(#1,$,$);\n#3=IFCLOCALPLACEMENT($,#2);\n#4=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#2,$);\n#5=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n#6=IFCUNITASSIGNMENT((#5));\n#7=IFCPROJECT('0000000000000000000007',$,'p',$,$,$,$,(#4),#6);\n";
  const wall = (shape: string): string => `${frame}${shape}\n#20=IFCSHAPEREPRESENTATION(#4,'Body','CSG',(#10));\n#21=IFCPRODUCTDEFINITIONSHAPE($,$,(#20));\n#22=IFCWALL('0000000000000000000022',$,'w',$,$,#3,#21,$,$);`;
  return {
    'cyclic-boolean.ifc': STEP(wall('#10=IFCBOOLEANRESULT(.DIFFERENCE.,#10,#10);')),
    'self-mapped.ifc': STEP(wall('#11=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#1,$,$);\n#12=IFCREPRESENTATIONMAP(#2,#20);\n#10=IFCMAPPEDITEM(#12,#11);')),
    'deep-boolean.ifc': STEP(wall(Array.from({ length: 20_000 }, (_, k) => `#${k === 0 ? 10 : 1000 + k}=IFCBOOLEANRESULT(.DIFFERENCE.,#${1001 + k},#${1001 + k});`).join('\n'))),
    'infinite.ifc': STEP(wall('#10=IFCBLOCK(#2,1.E400,1.E400,1.E400);')),
    'huge-id.ifc': STEP(wall('#10=IFCBLOCK(#4294967295,1.,1.,1.);\n#4294967295=IFCAXIS2PLACEMENT3D(#1,$,$);')),
    'cut.ifc': STEP(wall('#10=IFCBLOCK(#2,1.,1.,1.);')).slice(0, 700),
  };
}
