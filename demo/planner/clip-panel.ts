import { choices, h, icon, listen, type ClipRegion, type Part } from 'citymirror';
import { placeOf, setClip, SHAPES, shownClip, type Shape, type ShownClip } from './clip.ts';
import { ClipFields } from './clip-fields.ts';
import { ClipPlacing } from './clip-placing.ts';
import { sayError, type PageUi } from './page-ui.ts';

const SUBJECTS = ['all', 'tiles', 'ground'] as const;
const KEEPS = ['outside', 'inside'] as const;

interface ChoiceRow<Value> { readonly element: HTMLElement; set(value: Value | null): void }

/** A row of choices with its name before it. */
function choiceRow<Value extends string>(name: string, values: readonly Value[], text: (value: Value) => string, choose: (value: Value) => void): ChoiceRow<Value> {
  const buttons = values.map((value) => h('button', { type: 'button', text: text(value), onclick: () => choose(value) }));
  return {
    element: h('div', { class: 'field' }, h('span', { class: 'label', text: name }), choices(name, 'segments', buttons)),
    set: (value) => buttons.forEach((button, i) => button.setAttribute('aria-checked', String(values[i] === value))),
  };
}

function button(run: () => void): HTMLButtonElement {
  return h('button', { class: 'icon', type: 'button', onclick: run });
}

/** What is cut away of the city: its shape, what it cuts and leaves, its numbers; it can be put by, placed anew, removed. */
class ClipPanel {
  readonly #part: Part<PageUi>;
  readonly #placing: ClipPlacing;
  readonly #fields: ClipFields;
  readonly #shapes: ChoiceRow<Shape>;
  readonly #subjects: ChoiceRow<(typeof SUBJECTS)[number]>;
  readonly #keeps: ChoiceRow<(typeof KEEPS)[number]>;
  readonly #eye = button(() => { const shown = this.#shown; if (shown) this.#put(shown.region, !shown.on); });
  readonly #again = button(() => { this.#part.ui.tools.tool = 'clip'; });
  readonly #remove = button(() => this.#take());
  #shape: Shape;
  #closed = false;
  #fresh = true;

  constructor(part: Part<PageUi>) {
    this.#part = part;
    const { words, twin, tools } = part.ui;
    this.#shape = this.#shown?.region.kind ?? 'box';
    this.#placing = new ClipPlacing(part, (region) => this.#place(region));
    this.#fields = new ClipFields(part);
    this.#shapes = choiceRow(words.say('clip.shape'), SHAPES, (each) => words.say(`clip.${each}`), (shape) => this.#reshape(shape));
    this.#subjects = choiceRow(words.say('clip.of'), SUBJECTS, (each) => words.say(`clip.${each}`), (of) => this.#change({ of }));
    this.#keeps = choiceRow(words.say('clip.keep'), KEEPS, (each) => words.say(`clip.${each}`), (keep) => this.#change({ keep }));
    this.#build();
    this.#placing.begin(this.#shape);
    this.draw();
    tools.onChange((tool) => {
      if (tool === 'clip') this.#closed = false;
      this.#placing.begin(this.#shape);
      this.draw();
    }, part.signal);
    listen(part, twin.on('state', ({ by }) => {
      if (by === 'open') this.#fresh = true;
      this.draw();
    }));
  }

  get #shown(): ShownClip | null {
    return shownClip(this.#part.ui.twin.document);
  }

  #build(): void {
    const { words } = this.#part.ui;
    const close = button(() => {
      this.#closed = true;
      this.#part.ui.tools.tool = 'select';
      this.draw();
    });
    for (const [each, glyph, label] of [[this.#again, 'locate', 'clip.again'], [this.#remove, 'remove', 'clip.remove'], [close, 'close', 'close']] as const) {
      each.append(icon(glyph));
      each.title = words.say(label);
      each.setAttribute('aria-label', each.title);
    }
    this.#part.root.append(h('section', { class: 'panel', 'aria-label': words.say('clip.title') },
      h('header', {}, icon('clip'), h('h2', { text: words.say('clip.title') }), this.#eye, this.#again, this.#remove, close),
      h('div', { class: 'pad stack scroll' }, this.#shapes.element, this.#placing.element, this.#subjects.element, this.#keeps.element, this.#fields.element)));
  }

  #put(region: ClipRegion | null, on = true): void {
    const { twin, notices, words } = this.#part.ui;
    try {
      setClip(twin, region, { on });
    } catch (cause) {
      notices.say({ text: sayError(words, cause), tone: 'bad' });
    }
  }

  #place(region: ClipRegion): void {
    this.#fresh = true;
    this.#part.ui.tools.tool = 'select';
    this.#put(region);
  }

  #take(): void {
    const { twin, notices, words } = this.#part.ui;
    this.#put(null);
    notices.say({ text: words.say('clip.removed'), tone: 'plain', action: { label: words.say('layer.undo'), run: () => { twin.undo(); } } });
  }

  #change(more: object): void {
    const shown = this.#shown;
    if (shown) this.#put({ ...shown.region, ...more } as ClipRegion, shown.on);
  }

  /** Another shape stands where the one before stood. */
  #reshape(shape: Shape): void {
    this.#shape = shape;
    this.#placing.begin(shape);
    const shown = this.#shown;
    if (shown && shown.region.kind !== shape) this.#placing.place(placeOf(shown.region));
    this.draw();
  }

  draw(): void {
    const { host, ui: { words, tools } } = this.#part;
    const shown = this.#shown;
    const placing = tools.tool === 'clip';
    host.hidden = !placing && (this.#closed || !shown);
    if (host.hidden) return;
    if (shown && !placing) this.#shape = shown.region.kind;
    this.#shapes.set(this.#shape);
    this.#placing.element.hidden = !placing;
    for (const each of [this.#subjects.element, this.#keeps.element, this.#fields.element, this.#eye, this.#again, this.#remove]) each.hidden = !shown;
    if (!shown) return;
    const { region, on } = shown;
    this.#subjects.set(region.of ?? 'all');
    this.#keeps.element.hidden = region.kind === 'plane';
    this.#keeps.set(region.kind === 'plane' ? null : region.keep);
    this.#eye.replaceChildren(icon(on ? 'eye' : 'eye-off'));
    this.#eye.title = words.say(on ? 'clip.hide' : 'clip.show');
    this.#eye.setAttribute('aria-label', this.#eye.title);
    this.#fields.show(region, this.#fresh);
    this.#fresh = false;
  }
}

/** The tool that cuts the city open. */
export function clipPanel(part: Part<PageUi>): void {
  new ClipPanel(part).draw();
}
