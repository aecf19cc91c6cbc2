import type { Patch, SceneDocument } from './document.ts';
import type { Text } from './drawing/rule.ts';

/** Somebody saw an alarm and takes care of it. Kept in the document, so that it is shared, recorded and undone like everything else. */
export interface Acknowledgement {
  readonly by: string;
  /** Unix seconds. */
  readonly at: number;
  readonly note: string;
}

/** An alarm as a list shows it: what a layer offers in its result as `alarms`. */
export interface Alarm {
  /** The same whenever and wherever the same readings are looked at: rule, thing and moment. */
  readonly id: string;
  readonly layer: string;
  readonly title: Text;
  /** The thing that it is about: id within its layer, and name. */
  readonly feature: string;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  /** As escalated by now. */
  readonly severity: 'info' | 'warning' | 'critical';
  readonly escalated: boolean;
  /** What was read when it was raised, with its unit. */
  readonly value: string;
  /** Unix seconds. */
  readonly raised: number;
  readonly cleared: number | null;
  readonly acknowledged: Acknowledgement | null;
  /** Unix seconds of the thing's newest reading. */
  readonly asOf: number | null;
  /** No news can come: what is shown is the last that is known. */
  readonly linkDown: boolean;
}

const SEVERITY = { critical: 2, warning: 1, info: 0 } as const;

/** An alarm that nobody saw stays until somebody does, cleared or not; one that is seen stays until it is cleared. */
export function insists({ acknowledged, cleared }: Pick<Alarm, 'acknowledged' | 'cleared'>): boolean {
  return acknowledged === null || cleared === null;
}

/** Unseen ones first, then the worse, then the newer. */
export function alarmOrder(a: Alarm, b: Alarm): number {
  return Number(a.acknowledged !== null) - Number(b.acknowledged !== null) || SEVERITY[b.severity] - SEVERITY[a.severity] || b.raised - a.raised || (a.id < b.id ? -1 : 1);
}

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** The patch that acknowledges an alarm: its place in the options of its layer, `alerts.acknowledged`. */
export function acknowledgePatch(document: SceneDocument, { id, layer }: Pick<Alarm, 'id' | 'layer'>, word: Acknowledgement): Patch {
  const alerts = document.layers[layer]?.options?.alerts as { acknowledged?: object } | undefined;
  const path = `/layers/${escaped(layer)}/options/alerts/acknowledged`;
  return alerts?.acknowledged ? [{ op: 'add', path: `${path}/${escaped(id)}`, value: word }] : [{ op: 'add', path, value: { [id]: word } }];
}
