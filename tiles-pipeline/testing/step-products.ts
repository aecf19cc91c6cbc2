/** Products with a shape in the text of a STEP file, counted with patterns and a naive splitter: an oracle that shares no code with the reader. */
export interface CountedProduct {
  readonly type: string;
  readonly globalId: string;
}

function topLevel(args: string): string[] {
  const parts: string[] = [];
  let [depth, quoted, start] = [0, false, 0];
  for (let i = 0; i < args.length; i++) {
    const c = args[i];
    if (c === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(args.slice(start, i).trim());
      start = i + 1;
    }
  }
  return [...parts, args.slice(start).trim()];
}

export function countedProducts(text: string): CountedProduct[] {
  const plain = text.replace(/\/\*[^*]*\*\//gu, ' ');
  const shapes = new Set(Array.from(plain.matchAll(/#(\d+)\s*=\s*IFCPRODUCTDEFINITIONSHAPE\s*\(/gu), (found) => found[1]));
  const products: CountedProduct[] = [];
  for (const [, type, globalId, rest] of plain.matchAll(/#\d+\s*=\s*(IFC\w+)\s*\(\s*'([0-9A-Za-z_$]{22})'\s*,((?:[^;']|'[^']*')*)\)\s*;/gu)) {
    if (type.startsWith('IFCREL')) continue;
    const seventh = topLevel(rest)[5] ?? '';
    if (/^#\d+$/u.test(seventh) && shapes.has(seventh.slice(1))) products.push({ type, globalId });
  }
  return products;
}
