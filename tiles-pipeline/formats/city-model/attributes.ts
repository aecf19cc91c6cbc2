const DEEPEST = 4;
const MOST = 2000;

/** Attributes without nesting: `a: { b: 1 }` → `a.b: 1`; lists of plain values joined by '; '. What lies deeper than four levels stays JSON text. */
export function flatAttributes(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  let left = MOST;
  const walk = (inner: unknown, key: string, depth: number): void => {
    if (inner === null || inner === undefined || left <= 0) return;
    if (typeof inner !== 'object') {
      left--;
      out[key] = inner;
    } else if (Array.isArray(inner) && inner.every((each) => typeof each !== 'object' || each === null)) {
      left--;
      out[key] = inner.filter((each) => each !== null).join('; ');
    } else if (depth >= DEEPEST) {
      left--;
      out[key] = shortJson(inner);
    } else for (const [name, each] of Object.entries(inner)) walk(each, key === '' ? name : `${key}.${name}`, depth + 1);
  };
  walk(value, '', 0);
  return { ...out };
}

function shortJson(value: object): string {
  try {
    return JSON.stringify(value).slice(0, 10_000);
  } catch {
    return '';
  }
}

/** What the parts of an address are called, in the order of a line. */
export interface AddressParts {
  readonly country?: string;
  readonly locality?: string;
  readonly street?: string;
  readonly number?: string;
  readonly postcode?: string;
}

/** One line: `Main Street 3, 12345 Town, Land`; in Chinese and Japanese from the large to the small, without gaps. */
export function addressLine({ country = '', locality = '', street = '', number = '', postcode = '' }: AddressParts): string {
  if (/[\u3040-\u30FF\u4E00-\u9FFF]/u.test(locality + street)) return `${locality}${street}${number}`;
  return [`${street} ${number}`.trim(), `${postcode} ${locality}`.trim(), country].filter(Boolean).join(', ');
}
