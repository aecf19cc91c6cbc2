import { h } from 'citymirror';

/** A list of any length of which only the rows in sight exist. */
export interface VirtualList {
  readonly element: HTMLElement;
  /** Shows `count` rows, from the top again when `reset`. */
  show(count: number, reset: boolean): void;
}

const SPARE = 6;

/** @param row makes the row of an index; all rows are as tall as the first */
export function virtualList(label: string, row: (index: number) => HTMLElement, signal: AbortSignal): VirtualList {
  const space = h('ul', { class: 'virtual', 'aria-label': label });
  const element = h('div', { class: 'scroll grow', tabindex: -1 }, space);
  let count = 0;
  let tall = 0;
  const draw = (): void => {
    if (tall === 0 && count > 0) {
      const probe = space.appendChild(row(0));
      tall = probe.offsetHeight;
      probe.remove();
      if (tall === 0) return;
    }
    space.style.height = `${count * tall}px`;
    const first = Math.max(0, Math.floor(element.scrollTop / (tall || 1)) - SPARE);
    const last = Math.min(count, Math.ceil((element.scrollTop + element.clientHeight) / (tall || 1)) + SPARE);
    const focused = Number((space.querySelector(':focus')?.closest('li') as HTMLElement | null)?.dataset.index ?? Number.NaN);
    space.replaceChildren(...Array.from({ length: Math.max(0, last - first) }, (_, i) => {
      const index = first + i;
      const item = row(index);
      item.dataset.index = String(index);
      item.setAttribute('aria-setsize', String(count));
      item.setAttribute('aria-posinset', String(index + 1));
      item.style.top = `${index * tall}px`;
      return item;
    }));
    if (Number.isFinite(focused)) space.querySelector<HTMLElement>(`[data-index="${focused}"] button`)?.focus({ preventScroll: true });
  };
  element.addEventListener('scroll', draw, { signal, passive: true });
  const watch = new ResizeObserver(() => { tall = 0; draw(); });
  watch.observe(element);
  signal.addEventListener('abort', () => watch.disconnect(), { once: true });
  return {
    element,
    show(next, reset) {
      count = next;
      if (reset) element.scrollTop = 0;
      draw();
    },
  };
}
