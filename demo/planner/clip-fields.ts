import { h, type ClipRegion, type Part } from 'citymirror';
import { FIELDS, placeOf, setClip, shownClip, type Field } from './clip.ts';
import { sayError, type PageUi } from './page-ui.ts';

interface Shown { readonly element: HTMLElement; show(region: ClipRegion): void }

/** The numbers of the region shown: a slider and a field each. A drag is one step of undo. */
export class ClipFields {
  readonly element = h('div', { class: 'stack' });
  readonly #part: Part<PageUi>;
  #rows: readonly Shown[] = [];
  #kind = '';
  #home = { lon: 0, lat: 0, height: 0 };
  #base: ClipRegion | null = null;

  constructor(part: Part<PageUi>) {
    this.#part = part;
  }

  /** Shows a region's numbers; `fresh` counts moves from where it stands now. */
  show(region: ClipRegion, fresh: boolean): void {
    if (fresh || this.#kind !== region.kind) this.#home = placeOf(region);
    if (this.#kind !== region.kind) {
      this.#kind = region.kind;
      this.#rows = FIELDS[region.kind].map((field) => this.#row(field));
      this.element.replaceChildren(...this.#rows.map((row) => row.element));
    }
    for (const row of this.#rows) row.show(region);
  }

  #change(field: Field, value: number, ended: boolean): void {
    const { ui } = this.#part;
    const shown = shownClip(ui.twin.document);
    if (!shown || !Number.isFinite(value)) return;
    this.#base ??= shown.region;
    const next = field.write(this.#base, Math.min(field.max, Math.max(field.min, value)), this.#home);
    try {
      // Back to where it began, silently, so that the step that undo knows spans all of it.
      if (ended) setClip(ui.twin, this.#base, { on: shown.on, undo: false });
      setClip(ui.twin, next, { on: shown.on, undo: ended });
    } catch (cause) {
      ui.notices.say({ text: sayError(ui.words, cause), tone: 'bad' });
    }
    if (ended) this.#base = null;
  }

  #row(field: Field): Shown {
    const { words } = this.#part.ui;
    const { key, min, max, unit } = field;
    const name = words.say(`clip.${key}`);
    const slider = h('input', { type: 'range', id: `clip-${key}`, min, max, step: 1, oninput: () => this.#change(field, slider.valueAsNumber, false), onchange: () => this.#change(field, slider.valueAsNumber, true) });
    const number = h('input', { type: 'number', class: 'slim', min, max, step: 0.1, label: `${name} (${unit})`, onchange: () => this.#change(field, number.valueAsNumber, true) });
    return {
      element: h('div', { class: 'field' }, h('label', { for: `clip-${key}`, text: name }), slider, h('div', { class: 'row' }, number, h('span', { class: 'unit', text: unit }))),
      show: (region) => {
        const value = Math.round(field.read(region, this.#home) * 10) / 10;
        slider.value = String(value);
        slider.style.setProperty('--fill', `${(100 * (value - min)) / (max - min)}%`);
        slider.setAttribute('aria-valuetext', `${value} ${unit}`);
        number.value = String(value);
      },
    };
  }
}
