import table from './network-colours.json' with { type: 'json' };
import type { NetworkKind } from './network.ts';

export interface NetworkKindLook {
  readonly title: { readonly zh: string; readonly en: string };
  /** '#rrggbb' */
  readonly colour: string;
}

const looks: ReadonlyMap<string, NetworkKindLook> = new Map(table.kinds.map(({ kind, zh, en, colour }) => [kind, { title: { zh, en }, colour }]));

/** Name and colour of a kind of network. @source network-colours.json */
export function networkKindLook(kind: NetworkKind | string): NetworkKindLook {
  return looks.get(kind) ?? looks.get('unknown')!;
}
