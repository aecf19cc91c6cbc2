import type { LayerDocument } from '../document.ts';
import type { LayerStatus } from '../layer.ts';
import { BY, drag, put, restack, stacked } from './edit.ts';
import { h, setLabel, type Part } from './element.ts';
import { feedDetails } from './feed-details.ts';
import { icon, stateMark, type IconName } from './icons.ts';
import { isShown, statusLine, statusOf } from './layer-status.ts';
import { legendView } from './legend.ts';
import { ruleEditor } from './rule-editor.ts';

/** One layer in the list; it follows what it is told and asks for nothing by itself. */
export interface LayerRow {
  readonly element: HTMLLIElement;
  update(document: LayerDocument): void;
  status(status: LayerStatus): void;
  /** Its legend may be another one. */
  result(): void;
  /** Ages count on. */
  tick(): void;
}

interface Slider {
  readonly element: HTMLElement;
  set(value: number): void;
}

function opacitySlider(part: Part, id: string): Slider {
  const { twin, words } = part.ui;
  const output = h('output');
  const moves = drag(twin, `/layers/${id}/opacity`, () => twin.document.layers[id]?.opacity);
  const show = (value: number): void => {
    output.textContent = `${Math.round(value * 100)} %`;
    input.style.setProperty('--fill', `${value * 100}%`);
  };
  const input = h('input', {
    type: 'range', min: 0, max: 1, step: 0.05, id: `opacity-${id}`,
    oninput: () => { show(input.valueAsNumber); moves.step(input.valueAsNumber); },
    onchange: () => moves.end(input.valueAsNumber),
  });
  return {
    element: h('div', { class: 'field' }, h('label', { for: `opacity-${id}`, text: words.say('layer.opacity') }), input, output),
    set(value) {
      input.value = String(value);
      show(value);
    },
  };
}

function button(name: IconName, label: string, run: () => void): HTMLButtonElement {
  return h('button', { class: 'icon', type: 'button', label, onclick: run }, icon(name));
}

function buttons(part: Part, id: string): HTMLElement {
  const { twin, words, notices } = part.ui;
  const move = (by: -1 | 1): void => {
    const ids = stacked(twin.document);
    const at = ids.indexOf(id);
    const to = at + by;
    if (to < 0 || to >= ids.length) return;
    [ids[at], ids[to]] = [ids[to], ids[at]];
    const patch = restack(twin.document, ids);
    if (patch.length > 0) twin.apply(patch, { by: BY });
  };
  const remove = (): void => {
    const layer = twin.document.layers[id];
    twin.remove(id);
    const back = (): void => { if (!twin.document.layers[id]) put(twin, `/layers/${id}`, layer); };
    notices.say({ text: words.say('layer.removed', { title: words.text(layer.title) }), tone: 'plain', action: { label: words.say('layer.undo'), run: back } });
  };
  const zoom = (): void => {
    const extent = isShown(twin, id) ? twin.extent(id) : null;
    if (extent) void twin.look(extent, 1.2);
  };
  return h('div', { class: 'bar' },
    button('locate', words.say('layer.zoom'), zoom), button('up', words.say('layer.up'), () => move(-1)), button('down', words.say('layer.down'), () => move(1)),
    h('span', { class: 'grow' }), button('remove', words.say('layer.remove'), remove));
}

function meta(part: Part, document: LayerDocument): HTMLElement | null {
  const { words } = part.ui;
  const rows: [string, string][] = [];
  if (document.date) rows.push([words.say('layer.date'), document.date]);
  if (document.cimLevel) rows.push([words.say('layer.level'), document.cimLevel]);
  if (document.source) rows.push([words.say('layer.source'), document.source]);
  if (rows.length === 0) return null;
  return h('dl', { class: 'meta' }, ...rows.flatMap(([name, value]) => [h('dt', { text: name }), h('dd', { text: value })]));
}

/** Colours and filter of a layer, once its properties are known. */
function editorSlot(part: Part, id: string, latest: () => LayerDocument): { element: HTMLElement; update(): void; load(): void } {
  const slot = h('div');
  let editor: ReturnType<typeof ruleEditor> | null = null;
  let asked = false;
  return {
    element: slot,
    update: () => editor?.update(latest()),
    load() {
      const { layers } = part.ui;
      if (asked || !layers) return;
      asked = true;
      slot.replaceChildren(h('p', { class: 'small-text', text: part.ui.words.say('rule.wait') }));
      layers.properties(id).then((infos) => {
        if (part.signal.aborted) return;
        editor = infos.length > 0 ? ruleEditor(part, id, infos) : null;
        slot.replaceChildren(...(editor ? [editor.element] : []));
        editor?.update(latest());
      }, () => {
        // The layer's own status says what is wrong; the editor comes when the row is opened again.
        slot.replaceChildren();
        asked = false;
      });
    },
  };
}

/** @param first the layer's document now */
export function layerRow(part: Part, id: string, first: LayerDocument): LayerRow {
  const { twin, words, memory } = { ...part.ui, memory: part.memory };
  let document = first;
  let status = statusOf(twin, id);
  const open = (memory.get('open') ?? memory.set('open', new Set<string>()).get('open')) as Set<string>;
  const mark = h('span', { class: 'row' });
  const name = h('span', { class: 'name' });
  const says = h('span', { class: 'says' });
  const eye = h('button', { class: 'icon', type: 'button', onclick: () => twin.apply([{ op: 'replace', path: `/layers/${id}/visible`, value: !document.visible }], { by: BY }) });
  const slider = opacitySlider(part, id);
  const legend = h('div');
  const metas = h('div');
  const feed = feedDetails(part, id);
  const editor = editorSlot(part, id, () => document);
  const body = h('div', { class: 'body', id: `layer-${id}`, hidden: true }, slider.element, editor.element, legend, feed.element, metas, buttons(part, id));
  const turn = (on: boolean): void => {
    body.hidden = !on;
    more.setAttribute('aria-expanded', String(on));
    more.replaceChildren(icon(on ? 'up' : 'down'));
    open[on ? 'add' : 'delete'](id);
    if (on) editor.load();
  };
  const more = h('button', { class: 'icon', type: 'button', 'aria-controls': `layer-${id}`, onclick: () => turn(Boolean(body.hidden)) });
  const titles = h('button', { class: 'titles', type: 'button', tabindex: -1, onclick: () => turn(Boolean(body.hidden)) }, name, says);
  const bar = h('i');
  const progress = h('div', { class: 'progress', hidden: true }, bar);
  const element = h('li', { class: 'layer', 'data-layer': id, draggable: 'true' }, h('div', { class: 'head' }, mark, titles, eye, more), body, progress);
  const drawLegend = (): void => {
    const shown = isShown(twin, id) ? twin.legend(id) : null;
    legend.replaceChildren(...(shown ? [legendView(shown, words)] : []));
  };
  const tick = (): void => {
    says.textContent = statusLine(status, words, twin.clock.machine(), document.visible);
  };
  const row: LayerRow = {
    element, tick, result: drawLegend,
    update(next) {
      document = next;
      const title = words.text(next.title);
      name.textContent = title;
      element.classList.toggle('off', !next.visible);
      eye.setAttribute('aria-pressed', String(next.visible));
      setLabel(eye, words.say(next.visible ? 'layer.hide' : 'layer.show', { title }));
      eye.replaceChildren(icon(next.visible ? 'eye' : 'eye-off'));
      setLabel(more, words.say('layer.more', { title }));
      slider.set(next.opacity);
      metas.replaceChildren(...[meta(part, next)].filter((each) => each !== null));
      editor.update();
      drawLegend();
      tick();
    },
    status(next) {
      status = next;
      mark.replaceChildren(stateMark(next.state));
      says.className = `says ${next.state}`;
      feed.update(next.feed);
      progress.hidden = next.state !== 'loading' || next.progress === null;
      bar.style.width = `${(next.progress ?? 0) * 100}%`;
      drawLegend();
      tick();
    },
  };
  row.status(status);
  row.update(first);
  turn(open.has(id));
  return row;
}
