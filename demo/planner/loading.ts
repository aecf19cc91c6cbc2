import { h, listen, statusOf, type Part } from 'citymirror';
import type { PageUi } from './page-ui.ts';

/** How far the layers are with their first picture, 0 … 1; null when none is loading. One that waits for its feed's first message has its picture. */
export function loadingShare(statuses: readonly { state: string; progress: number | null; feed: object | null }[]): number | null {
  const loads = (each: (typeof statuses)[number]): boolean => each.state === 'loading' && each.feed === null;
  if (!statuses.some(loads)) return null;
  const parts = statuses.map((each) => (loads(each) ? (each.progress ?? 0) : 1));
  return parts.reduce((sum, each) => sum + each, 0) / parts.length;
}

/** A line along the top of the map while layers load, with words beside it. */
export function loadingWidget(part: Part<PageUi>): void {
  const { ui, root } = part;
  const { twin, words } = ui;
  const bar = h('i');
  const text = h('span');
  const chip = h('div', { class: 'chip', role: 'status' }, text);
  const line = h('div', { class: 'progress' }, bar);
  root.append(line, chip);
  const draw = (): void => {
    const share = loadingShare(Object.keys(twin.document.layers).map((id) => statusOf(twin, id)));
    line.hidden = chip.hidden = share === null;
    if (share === null) return;
    bar.style.width = `${Math.max(3, share * 100)}%`;
    text.textContent = words.say('page.loadingShare', { percent: Math.floor(share * 100) });
  };
  draw();
  listen(part, twin.on('status', draw));
  listen(part, twin.on('state', draw));
}
