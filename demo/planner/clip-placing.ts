import { formatArea, h, listen, type ClipRegion, type Part } from 'citymirror';
import { firstRegion, shownClip, type Shape } from './clip.ts';
import { Measuring } from './measure.ts';
import { sayError, type PageUi } from './page-ui.ts';

/** Puts a region somewhere while the tool is in hand: by a click, by the middle of the view, or drawn corner by corner. */
export class ClipPlacing {
  readonly element: HTMLElement;
  readonly #part: Part<PageUi>;
  readonly #placed: (region: ClipRegion) => void;
  readonly #hint = h('p', { class: 'small-text' });
  readonly #corners = h('p', { class: 'small-text', role: 'status' });
  readonly #done: HTMLButtonElement;
  #shape: Shape = 'box';
  #drawing: Measuring | null = null;

  constructor(part: Part<PageUi>, placed: (region: ClipRegion) => void) {
    this.#part = part;
    this.#placed = placed;
    const { twin, tools, words } = part.ui;
    this.#done = h('button', { class: 'text main', type: 'button', text: words.say('measure.done'), onclick: () => this.#finish() });
    const middle = h('button', { class: 'text', type: 'button', text: words.say('clip.middle'), onclick: () => void this.#middle() });
    this.element = h('div', { class: 'stack' }, this.#hint, this.#corners, h('div', { class: 'row' }, this.#done, middle));
    listen(part, twin.on('pick', ({ surface }) => {
      if (tools.tool !== 'clip' || !surface) return;
      if (!this.#drawing) this.place(surface);
      else void this.#follow(this.#drawing.add(surface));
    }));
    document.addEventListener('keydown', (event) => this.#key(event), { signal: part.signal, capture: true });
    part.signal.addEventListener('abort', () => this.#drawing?.clear(), { once: true });
  }

  /** Begins anew with a shape, or stops when the tool was put away. */
  begin(shape: Shape): void {
    const { twin, tools } = this.#part.ui;
    this.#shape = shape;
    this.#drawing?.clear();
    this.#drawing = tools.tool === 'clip' && shape === 'polygon' ? new Measuring(twin, 'area') : null;
    this.#show();
  }

  place(at: { lon: number; lat: number; height: number }): void {
    this.#placed(firstRegion(this.#shape, at, this.#part.ui.twin.backend.view.pose));
  }

  async #middle(): Promise<void> {
    const { twin, notices, words } = this.#part.ui;
    const { width, height } = twin.backend.view;
    const at = await twin.surfaceAt(width / 2, height / 2);
    if (this.#part.signal.aborted) return;
    if (at) this.place(at);
    else notices.say({ text: words.say('clip.noMiddle'), tone: 'bad' });
  }

  async #follow(work: Promise<void>): Promise<void> {
    const { notices, words } = this.#part.ui;
    await work.catch((cause: unknown) => notices.say({ text: sayError(words, cause), tone: 'bad' }));
    if (!this.#part.signal.aborted) this.#show();
  }

  /** The ring drawn so far becomes the region; what it cuts and leaves stays as it was. */
  #finish(): void {
    if (!this.#drawing?.complete) return;
    const ring = this.#drawing.corners.map(([lon, lat]): [number, number] => [Number(lon.toFixed(7)), Number(lat.toFixed(7))]);
    const before = shownClip(this.#part.ui.twin.document)?.region;
    this.#placed({ kind: 'polygon', ring, keep: before && before.kind !== 'plane' ? before.keep : 'outside', of: before?.of ?? 'all' });
  }

  #key(event: KeyboardEvent): void {
    if (!this.#drawing || event.target instanceof HTMLInputElement || event.composedPath()[0] instanceof HTMLButtonElement) return;
    if (event.key === 'Enter') this.#finish();
    else if (event.key === 'Escape' && this.#drawing.corners.length > 0) {
      event.stopImmediatePropagation();
      void this.#follow(this.#drawing.back());
    }
  }

  #show(): void {
    const { words } = this.#part.ui;
    this.#hint.textContent = words.say(this.#drawing ? 'clip.hintDraw' : 'clip.hint');
    this.#done.hidden = this.#corners.hidden = !this.#drawing;
    this.#done.disabled = !this.#drawing?.complete;
    this.#corners.textContent = this.#drawing ? words.say('clip.corners', { n: this.#drawing.corners.length, area: formatArea(this.#drawing.measured?.area ?? 0, words.language) }) : '';
  }
}
