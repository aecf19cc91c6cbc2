import table from './network-colours.json' with { type: 'json' };
import type { NetworkKind } from './network.ts';

export interface NetworkKindLook {
  readonly title: { readonly zh: string; readonly en: string };
  /** '#rrggbb' */
  readonly colour: string;
}

/** Name and colour of a kind of network. @source network-colours.json */
export function networkKindLook(kind: NetworkKind | string): NetworkKindLook {
  const { zh, en, colour } = table.kinds.find((each) => each.kind === kind) ?? table.kinds[table.kinds.length - 1];
  return { title: { zh, en }, colour };
}
