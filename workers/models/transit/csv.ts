/** Takes a row's fields by the names asked for, '' where a row or the header has none. The array is the same one every time. */
export type RowTaker = (fields: readonly string[], line: number) => void;

/** Where a quoted field that begins at `at` ends, past its closing quote; doubled quotes stand for one. The rest up to the next comma belongs to it, as in feeds of the field. */
function quoted(text: string, at: number): { value: string; next: number } {
  let value = '';
  let from = at + 1;
  for (;;) {
    const end = text.indexOf('"', from);
    if (end < 0) return { value: value + text.slice(from), next: text.length };
    value += text.slice(from, end);
    if (text[end + 1] !== '"') return { value, next: end + 1 };
    value += '"';
    from = end + 2;
  }
}

/**
 * Reads a table of comma-separated values with a header: quotes, doubled quotes, line breaks in quotes, CR LF, a byte order mark; spaces around plain fields are not part of them.
 * @returns the names of the header @source RFC 4180; GTFS reference, File requirements
 */
export function eachRow(text: string, names: readonly string[], take: RowTaker): readonly string[] {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let header: string[] | null = null;
  let columns: number[] = [];
  const row: string[] = [];
  const picked: string[] = names.map(() => '');
  for (let line = 1; at < text.length; line++) {
    row.length = 0;
    for (;;) {
      const start = at;
      let value: string | null = null;
      if (text[at] === '"') ({ value, next: at } = quoted(text, at));
      while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r') at++;
      row.push(value ?? text.slice(start, at).trim());
      if (text[at] !== ',') break;
      at++;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (row.length === 1 && row[0] === '') continue;
    if (!header) {
      header = [...row];
      columns = names.map((name) => header!.indexOf(name));
      continue;
    }
    for (let i = 0; i < columns.length; i++) picked[i] = columns[i] < 0 ? '' : (row[columns[i]] ?? '');
    take(picked, line);
  }
  return header ?? [];
}
