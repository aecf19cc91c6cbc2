import { h, listen, type Part } from 'citymirror';
import type { PageUi } from './page-ui.ts';

/** Without WebGL 2: what is missing, and what can still be done. */
export function noViewWidget(part: Part<PageUi>): void {
  const { ui, root, host } = part;
  const { twin, words } = ui;
  const works = ['noview.layers', 'noview.incident', 'noview.list', 'noview.document'] as const;
  root.append(h('section', { class: 'no-view', role: 'note' },
    h('h2', { class: 'large', text: words.say('noview.title') }),
    h('p', { text: words.say('noview.why') }),
    h('p', { text: words.say('noview.works') }),
    h('ul', {}, ...works.map((key) => h('li', { text: words.say(key) }))),
    h('p', { class: 'quiet', text: words.say('noview.missing') })));
  const draw = (): void => {
    host.hidden = twin.backend.canvas !== null;
    document.documentElement.classList.toggle('no-picture', !host.hidden);
  };
  draw();
  listen(part, twin.on('backend', draw));
}
