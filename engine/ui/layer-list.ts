import { BY, restack, stacked } from './edit.ts';
import { every, h, listen, type Part } from './element.ts';
import { icon } from './icons.ts';
import { layerRow, type LayerRow } from './layer-row.ts';

/** The layers of a twin, topmost first: how each is, whether it is shown, its look, its order; adding by address or file. */
export function layersWidget(part: Part): void {
  const { ui, root, signal } = part;
  const { twin, words } = ui;
  const rows = new Map<string, LayerRow>();
  const list = h('ul', { class: 'scroll grow', 'aria-label': words.say('layers.title') });
  const empty = h('p', { class: 'empty', text: words.say('layers.empty') });
  const form = ui.layers?.add ? addForm(part) : null;
  const plus = h('button', {
    class: 'icon', type: 'button', label: words.say('layers.add'), 'aria-expanded': 'false',
    onclick: () => {
      if (!form) return;
      form.hidden = !form.hidden;
      plus.setAttribute('aria-expanded', String(!form.hidden));
      if (!form.hidden) form.querySelector('input')?.focus();
    },
  }, icon('plus'));
  plus.hidden = !form;
  root.append(h('section', { class: 'panel', 'aria-label': words.say('layers.title') },
    h('header', {}, h('h2', { text: words.say('layers.title') }), plus), form, empty, list));
  const draw = (): void => {
    const { document } = twin;
    const ids = stacked(document);
    for (const [id, row] of rows) {
      if (document.layers[id]) continue;
      row.element.remove();
      rows.delete(id);
    }
    for (const id of ids) {
      const row = rows.get(id);
      if (row) row.update(document.layers[id]);
      else rows.set(id, layerRow(part, id, document.layers[id]));
    }
    // Moved only where the order differs, so that the focus stays where it is.
    ids.forEach((id, i) => {
      const { element } = rows.get(id)!;
      if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
    });
    empty.hidden = ids.length > 0;
  };
  draw();
  listen(part, twin.on('state', draw));
  listen(part, twin.on('status', ({ layer, status }) => rows.get(layer)?.status(status)));
  listen(part, twin.on('result', ({ layer }) => rows.get(layer)?.result()));
  every(1000, signal, () => { for (const row of rows.values()) row.tick(); });
  dragging(part, list);
}

function rowAt(event: Event): HTMLElement | null {
  return (event.target as HTMLElement).closest<HTMLElement>('.layer');
}

/** Rows are moved by the pointer; the buttons of a row do the same by key. */
function dragging(part: Part, list: HTMLElement): void {
  const { twin } = part.ui;
  let moved: string | null = null;
  const clear = (): void => { for (const row of list.querySelectorAll('.over')) row.classList.remove('over'); };
  list.addEventListener('dragstart', (event) => {
    moved = rowAt(event)?.dataset.layer ?? null;
    event.dataTransfer?.setData('text/x-layer', moved ?? '');
  });
  list.addEventListener('dragover', (event) => {
    const row = rowAt(event);
    if (!moved || !row) return;
    event.preventDefault();
    clear();
    row.classList.add('over');
  });
  list.addEventListener('dragend', () => { moved = null; clear(); });
  list.addEventListener('drop', (event) => {
    const before = rowAt(event)?.dataset.layer;
    clear();
    if (!moved || !before || before === moved) return;
    event.preventDefault();
    event.stopPropagation();
    const ids = stacked(twin.document).filter((id) => id !== moved);
    ids.splice(ids.indexOf(before), 0, moved);
    const patch = restack(twin.document, ids);
    if (patch.length > 0) twin.apply(patch, { by: BY });
    moved = null;
  });
}

function addForm(part: Part): HTMLFormElement {
  const { ui, memory, signal } = part;
  const { words } = ui;
  const input = h('input', { type: 'text', inputmode: 'url', id: 'layer-url', autocomplete: 'off', spellcheck: 'false', required: true, value: String(memory.get('url') ?? ''), oninput: () => memory.set('url', input.value) });
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const submit = h('button', { class: 'text main', type: 'submit', text: words.say('layers.addNow') });
  const chooser = h('input', { type: 'file', hidden: true, accept: '.json,.geojson', onchange: () => { ui.layers?.files?.([...(chooser.files ?? [])]); chooser.value = ''; } });
  const choose = h('button', { class: 'link small-text', type: 'button', text: words.say('layers.file'), onclick: () => chooser.click() });
  const add = async (): Promise<void> => {
    problem.hidden = true;
    input.removeAttribute('aria-invalid');
    submit.disabled = true;
    submit.textContent = words.say('layers.adding');
    try {
      await ui.layers?.add?.(input.value.trim());
      memory.delete('url');
      input.value = '';
    } catch (cause) {
      problem.textContent = cause instanceof Error ? cause.message : String(cause);
      problem.hidden = false;
      input.setAttribute('aria-invalid', 'true');
      if (!signal.aborted) input.focus();
    } finally {
      submit.disabled = false;
      submit.textContent = words.say('layers.addNow');
    }
  };
  return h('form', { class: 'pad stack', hidden: true, onsubmit: (event: Event) => { event.preventDefault(); void add(); } },
    h('label', { class: 'small-text', for: 'layer-url', text: words.say('layers.url') }),
    h('div', { class: 'row' }, input, submit), problem, chooser,
    h('p', { class: 'small-text' }, choose, `${words.say('list')}${words.say('layers.drop')}`));
}
