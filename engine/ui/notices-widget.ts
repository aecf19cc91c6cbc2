import { h, type Part } from './element.ts';
import { icon } from './icons.ts';

/** Shows notices one above the other; read out politely. */
export function noticesWidget(part: Part): void {
  const { ui, root, signal } = part;
  const list = h('div', { class: 'notices', role: 'status', 'aria-live': 'polite' });
  root.append(list);
  ui.notices.onNotice((notice) => {
    for (const old of list.querySelectorAll<HTMLElement>('.notice')) if (old.dataset.text === notice.text) old.remove();
    const close = (): void => item.remove();
    const item = h('div', { class: `notice ${notice.tone}`, 'data-text': notice.text },
      notice.tone === 'plain' ? null : icon(notice.tone === 'bad' ? 'warning' : 'check'),
      h('span', { text: notice.text }),
      notice.action ? h('button', { class: 'link', type: 'button', text: notice.action.label, onclick: () => { notice.action?.run(); close(); } }) : null,
      h('button', { class: 'icon small', type: 'button', label: ui.words.say('close'), onclick: close }, icon('close')),
    );
    list.append(item);
    while (list.children.length > 3) list.firstElementChild?.remove();
    const timer = setTimeout(close, (notice.seconds ?? (notice.tone === 'bad' ? 12 : 6)) * 1000);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }, signal);
}
