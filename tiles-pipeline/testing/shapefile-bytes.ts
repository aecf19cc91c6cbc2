/** One record's content: shape type and what follows it, doubles and integers in the file's order. */
export interface Shape {
  readonly type: number;
  readonly parts?: readonly (readonly (readonly number[])[])[];
  readonly points?: readonly (readonly number[])[];
}

/** A record's content as bytes: points as x, y[, z[, m]]. */
function contentOf({ type, parts, points }: Shape): Buffer {
  const all = points ?? parts?.flat() ?? [];
  const [z, m] = [type > 10 && type < 20, type > 20 && type < 30];
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  const doubles = (values: readonly number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);
  if (type === 0) return int(0);
  if (type % 10 === 1) return Buffer.concat([int(type), doubles(all[0])]);
  const range = (k: number): number[] => [all.reduce((least, p) => Math.min(least, p[k] ?? 0), Infinity), all.reduce((most, p) => Math.max(most, p[k] ?? 0), -Infinity)];
  const box = [range(0)[0], range(1)[0], range(0)[1], range(1)[1]];
  let sum = 0;
  const starts = (parts ?? []).map((part) => (sum += part.length) - part.length);
  const head = type % 10 === 8 ? [int(all.length)] : [int(starts.length), int(all.length), ...starts.map(int)];
  const extra = (k: number): Buffer[] => [doubles(range(k)), doubles(all.map((p) => p[k] ?? 0))];
  return Buffer.concat([int(type), doubles(box), ...head, doubles(all.flatMap(([x, y]) => [x, y])), ...(z ? extra(2) : []), ...(m ? extra(2) : [])]);
}

/** A .shp file of some records. */
export function shpOf(type: number, shapes: readonly Shape[]): Buffer {
  const records = shapes.map((shape, k) => {
    const content = contentOf(shape);
    const head = Buffer.alloc(8);
    head.writeInt32BE(k + 1);
    head.writeInt32BE(content.length / 2, 4);
    return Buffer.concat([head, content]);
  });
  const header = Buffer.alloc(100);
  header.writeInt32BE(9994);
  header.writeInt32BE(records.reduce((sum, each) => sum + each.length, 100) / 2, 24);
  header.writeInt32LE(1000, 28);
  header.writeInt32LE(type, 32);
  return Buffer.concat([header, ...records]);
}

/** A .dbf table: columns as [name, type, width], rows as texts already encoded or not; a row null is one marked as deleted. */
export function dbfOf(columns: readonly (readonly [name: string | Buffer, type: string, width: number])[], rows: readonly (readonly (string | Buffer)[] | null)[], language = 0): Buffer {
  const width = 1 + columns.reduce((sum, [, , each]) => sum + each, 0);
  const header = Buffer.alloc(33 + 32 * columns.length);
  header[0] = 3;
  header.writeUInt32LE(rows.length, 4);
  header.writeUInt16LE(header.length, 8);
  header.writeUInt16LE(width, 10);
  header[29] = language;
  for (const [k, [name, type, size]] of columns.entries()) {
    Buffer.from(name as string).copy(header, 32 + 32 * k, 0, 10);
    header.write(type, 32 + 32 * k + 11);
    header[32 + 32 * k + 16] = size % 256;
    header[32 + 32 * k + 17] = type === 'C' ? Math.floor(size / 256) : 0;
  }
  header[header.length - 1] = 0x0d;
  const body = rows.map((row) => {
    const bytes = Buffer.alloc(width, 0x20);
    if (row === null) bytes[0] = 0x2a;
    let at = 1;
    for (const [k, [, , size]] of columns.entries()) {
      Buffer.from((row?.[k] ?? '') as string).copy(bytes, at, 0, size);
      at += size;
    }
    return bytes;
  });
  return Buffer.concat([header, ...body]);
}
