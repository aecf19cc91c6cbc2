import type { FeedStatus, Quarantine } from '../ports.ts';
import { UI_EN, type UiKey } from './dictionary-en.ts';
import { h, type Part } from './element.ts';
import { formatDate, formatNumber, formatSpan, formatTime } from './format.ts';
import type { Words } from './words.ts';

/** Seconds of skew below which a clock is said to be right. */
const RIGHT = 2;

/** The account of a layer's feed in its row: what came and what became of it, and what was refused, as text. */
export interface FeedDetails {
  readonly element: HTMLElement;
  update(status: FeedStatus | null): void;
}

const known = (key: string): key is UiKey => Object.hasOwn(UI_EN, key);

/** Why something was refused, in words; a code of an own decoder stands as it is. */
export function reasonText(code: string, words: Words<UiKey>): string {
  const key = `refused.${code}`;
  return known(key) ? words.say(key) : code;
}

/** Name and value of everything a feed's status tells, in the order of a message's way: received first, what is missing last. */
export function feedFacts(status: FeedStatus, words: Words<UiKey>): [name: string, value: string][] {
  const number = (value: number): string => formatNumber(value, words.language);
  const { ledger, sequence, skew, history } = status;
  const parts = (['received', 'applied', 'coalesced', 'duplicate', 'late', 'rejected', 'dropped'] as const).filter((part) => part === 'received' || ledger[part] > 0);
  const facts = parts.map((part): [string, string] => [words.say(`ledger.${part}`), number(ledger[part])]);
  if (status.reconnects > 0) facts.push([words.say('feed.reconnects'), number(status.reconnects)]);
  if (sequence) {
    const values = { gaps: number(sequence.gaps), missing: number(sequence.missing), filled: number(sequence.filled), restarts: number(sequence.restarts) };
    facts.push([words.say('feed.gaps'), sequence.gaps + sequence.restarts === 0 ? words.say('feed.noGaps') : words.say(sequence.restarts > 0 ? 'feed.gapsAndRestarts' : 'feed.gapsFound', values)]);
    const last = sequence.latest.at(-1);
    if (last) facts.push([words.say('feed.lastGap'), words.say('feed.range', { source: last.source, from: last.from, to: last.to, time: formatTime(last.at) })]);
  }
  if (skew) {
    const away = formatSpan(Math.abs(skew.seconds), words);
    facts.push([words.say('feed.skew'), Math.abs(skew.seconds) < RIGHT ? words.say('feed.skewNone') : words.say(skew.seconds > 0 ? 'feed.skewAhead' : 'feed.skewBehind', { span: away })]);
    if (skew.corrected > 0) facts.push([words.say('feed.corrected'), number(skew.corrected)]);
  }
  if (history) facts.push([words.say('feed.history'), formatSpan(history.to - history.from, words)]);
  return facts;
}

/** What was refused: a line a reason, then the last messages' beginnings. Nothing of a message ever becomes markup. */
function quarantineView({ counts, last }: Quarantine, words: Words<UiKey>): HTMLElement {
  const reasons = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  if (reasons.length === 0) return h('p', { class: 'small-text', text: words.say('feed.noneRefused') });
  return h('div', { class: 'stack' },
    h('dl', { class: 'meta' }, ...reasons.flatMap(([code, count]) => [h('dt', { text: reasonText(code, words) }), h('dd', { text: formatNumber(count, words.language) })])),
    h('ol', { class: 'refused', 'aria-label': words.say('feed.lastRefused'), tabindex: 0 }, ...last.toReversed().map(({ code, message, topic, at, excerpt }) => h('li', {},
      h('span', { class: 'small-text', text: `${formatDate(at)} ${formatTime(at)}${topic ? `  ${topic}` : ''}` }),
      h('span', { text: reasonText(code, words), title: words.explain(message) }),
      h('code', { text: excerpt === '' ? words.say('feed.empty') : excerpt })))));
}

export function feedDetails(part: Part, id: string): FeedDetails {
  const { ui: { twin, words }, memory, signal } = part;
  const facts = h('dl', { class: 'meta' });
  const refused = h('div');
  let latest: FeedStatus | null = null;
  let shown = '';
  const look = async (): Promise<void> => {
    try {
      const found = await twin.quarantine?.(id);
      if (found && !signal.aborted) refused.replaceChildren(quarantineView(found, words));
    } catch {
      if (!signal.aborted) refused.replaceChildren(h('p', { class: 'small-text', text: words.say('feed.notNow') }));
    }
  };
  const button = h('button', { class: 'text slim', type: 'button', text: words.say('feed.showRefused'), hidden: true, onclick: () => void look() });
  const opened = `feed ${id}`;
  const element = h('details', { class: 'feed', hidden: true, open: memory.get(opened) === true, ontoggle: () => { memory.set(opened, element.open); draw(); } },
    h('summary', { text: words.say('feed.title') }), h('div', { class: 'stack' }, facts, button, refused));
  const draw = (): void => {
    element.hidden = latest === null;
    if (!latest || !element.open) return;
    const list = feedFacts(latest, words);
    const said = JSON.stringify(list);
    if (said === shown) return;
    shown = said;
    facts.replaceChildren(...list.flatMap(([name, value]) => [h('dt', { text: name }), h('dd', { text: value })]));
    button.hidden = latest.ledger.rejected === 0 || !twin.quarantine;
  };
  return {
    element,
    update(status) {
      latest = status;
      draw();
    },
  };
}
