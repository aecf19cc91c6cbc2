import { parseDocument, type Twin } from 'citymirror';

/** Opens another scene in the same twin: checked first, then put in place part by part, in one step that can be undone. @throws TwinError `bad-document` */
export function replaceScene(twin: Pick<Twin, 'apply'>, input: unknown): void {
  const scene = parseDocument(input);
  twin.apply(Object.entries(scene).map(([key, value]) => ({ op: 'replace' as const, path: `/${key}`, value })), { by: 'open' });
}
