import { formatArea, formatLength, h, icon, listen, type Part } from 'citymirror';
import { Measuring, type Measured } from './measure.ts';
import { sayError, type PageUi } from './page-ui.ts';

/** CSS pixels within which two clicks mean one corner. */
const SAME_SPOT = 6;
/** Milliseconds that a pick may take. */
const PICK_TIME = 400;

function numbers(part: Part<PageUi>, kind: 'distance' | 'area', measured: Measured): HTMLElement {
  const { words } = part.ui;
  const area = kind === 'area' && measured.area !== null;
  const length = formatLength(measured.length, words.language);
  return h('div', { class: 'stack' },
    h('p', { class: 'large', text: area ? formatArea(measured.area ?? 0, words.language) : length }),
    area ? h('p', { class: 'quiet', text: `${words.say('measure.perimeter')} ${length}` }) : null,
    measured.crosses ? h('p', { class: 'problem', text: words.say('measure.crosses') }) : null,
    h('p', { class: 'small-text', text: words.say('measure.geodesic', { error: formatLength(Math.max(0.1, measured.error), words.language) }) }));
}

/** Measures on the map, corner by corner; what is kept stays as a sketch of the scene. */
export function measurePanel(part: Part<PageUi>): void {
  const { ui, root, host, signal } = part;
  const { twin, words, tools } = ui;
  let measuring: Measuring | null = null;
  const title = h('h2');
  const hint = h('p', { class: 'small-text' });
  const result = h('div', { role: 'status' });
  const done = h('button', { class: 'text main', type: 'button', text: words.say('measure.done'), onclick: () => finish() });
  const cancel = h('button', { class: 'text', type: 'button', text: words.say('measure.cancel'), onclick: () => { tools.tool = 'select'; } });
  root.append(h('section', { class: 'panel', 'aria-label': words.say('bar.tools') },
    h('header', {}, icon('distance'), title, h('button', { class: 'icon', type: 'button', label: words.say('close'), onclick: () => { tools.tool = 'select'; } }, icon('close'))),
    h('div', { class: 'pad stack' }, hint, result, h('div', { class: 'row' }, done, cancel))));
  const draw = (): void => {
    host.hidden = !measuring;
    if (!measuring) return;
    const area = measuring.kind === 'area';
    title.textContent = words.say(area ? 'bar.area' : 'bar.distance');
    hint.textContent = words.say(area ? 'measure.hintArea' : 'measure.hintDistance');
    result.replaceChildren(measuring.measured ? numbers(part, measuring.kind, measuring.measured) : h('p', { class: 'quiet', text: words.say('measure.points', { n: measuring.corners.length }) }));
    done.disabled = !measuring.complete;
  };
  const change = async (work: Promise<void> | undefined): Promise<void> => {
    try {
      await work;
    } catch (cause) {
      ui.notices.say({ text: sayError(words, cause), tone: 'bad' });
    }
    if (!signal.aborted) draw();
  };
  /** Keeps what there is and begins the next. */
  const finish = (): void => {
    const { tool } = tools;
    measuring?.keep();
    measuring = tool === 'distance' || tool === 'area' ? new Measuring(twin, tool) : null;
    draw();
  };
  const start = (): void => {
    const { tool } = tools;
    measuring?.clear();
    measuring = tool === 'distance' || tool === 'area' ? new Measuring(twin, tool) : null;
    draw();
  };
  start();
  tools.onChange(start, signal);
  signal.addEventListener('abort', () => measuring?.clear(), { once: true });
  let pixel: readonly [number, number] | null = null;
  listen(part, twin.on('pick', ({ surface, x, y }) => {
    if (!measuring || !surface) return;
    // The second half of a double click is no corner of its own.
    const again = measuring.corners.length > 0 && pixel !== null && Math.hypot(x - pixel[0], y - pixel[1]) < SAME_SPOT;
    pixel = [x, y];
    if (!again) void change(measuring.add(surface));
  }));
  // Picks are answered a little after their clicks: the double click waits for its own.
  document.addEventListener('dblclick', (event) => { if (measuring && event.target === twin.backend.canvas) setTimeout(() => { if (!signal.aborted && measuring?.complete) finish(); }, PICK_TIME); }, { signal });
  document.addEventListener('keydown', (event) => {
    if (!measuring || event.target instanceof HTMLInputElement) return;
    if (event.key === 'Enter' && measuring.complete && !(event.composedPath()[0] instanceof HTMLButtonElement)) finish();
    else if (event.key === 'Escape' && measuring.corners.length > 0) {
      event.stopImmediatePropagation();
      void change(measuring.back());
    }
  }, { signal, capture: true });
}
