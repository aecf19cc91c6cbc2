import type { Notices } from './notices.ts';
import type { LayerActions } from './properties.ts';
import type { TwinPort } from './port.ts';
import type { UiKey } from './dictionary-en.ts';
import type { Words } from './words.ts';

/** What widgets share on a page: the twin they show, the language, one place for notices, one style sheet. */
export interface Ui {
  readonly twin: TwinPort;
  readonly words: Words<UiKey>;
  readonly notices: Notices;
  readonly sheet: CSSStyleSheet;
  /** What the page lends to the layer list; without it a list only shows and orders. */
  readonly layers?: LayerActions;
}

/** Where a widget builds itself; everything it starts ends with `signal`. */
export interface Part<U extends Ui = Ui> {
  readonly ui: U;
  readonly host: HTMLElement;
  readonly root: ShadowRoot;
  readonly signal: AbortSignal;
  /** What outlives a change of language, when the widget is built anew (open rows, typed texts). */
  readonly memory: Map<string, unknown>;
}

/** A widget is a plain function; the custom element around it gives it a place and takes it away again. */
export type Widget<U extends Ui = Ui> = (part: Part<U>) => void;

export interface WidgetElement<U extends Ui = Ui> extends HTMLElement {
  ui: U | null;
}

/** Registers a widget as a custom element, once a page; the same name again is left as it is. */
export function defineWidget<U extends Ui>(tag: string, widget: Widget<U>): void {
  if (customElements.get(tag)) return;
  customElements.define(tag, class extends HTMLElement implements WidgetElement<U> {
    #ui: U | null = null;
    #abort: AbortController | null = null;
    readonly #memory = new Map<string, unknown>();

    get ui(): U | null {
      return this.#ui;
    }

    set ui(ui: U | null) {
      this.#ui = ui;
      this.#build();
    }

    connectedCallback(): void {
      this.#build();
    }

    disconnectedCallback(): void {
      this.#abort?.abort();
      this.#abort = null;
    }

    #build(): void {
      this.#abort?.abort();
      this.#abort = null;
      if (!this.#ui || !this.isConnected) return;
      const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = [this.#ui.sheet];
      root.replaceChildren();
      this.#abort = new AbortController();
      const { signal } = this.#abort;
      widget({ ui: this.#ui, host: this, root, signal, memory: this.#memory });
      this.#ui.words.onChange(() => this.#build(), signal);
    }
  });
}

/** Puts a widget on the page. */
export function placeWidget<U extends Ui>(tag: string, ui: U, parent: ParentNode): WidgetElement<U> {
  const element = document.createElement(tag) as WidgetElement<U>;
  parent.append(element);
  element.ui = ui;
  return element;
}

type Attribute = string | number | boolean | null | undefined | ((event: never) => void);

/**
 * Makes an element: `onclick` and the like listen, `text` is its text, true and false set and drop an attribute, the rest are attributes.
 * Texts only ever become text nodes.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Readonly<Record<string, Attribute>> = {}, ...children: (Node | string | null | false)[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (name === 'text') element.textContent = String(value);
    else if (name === 'label') setLabel(element, String(value));
    else if (name === 'value' && 'value' in element) (element as unknown as { value: string }).value = String(value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return element;
}

/** Names a control for screen readers and in its tip. */
export function setLabel(element: HTMLElement, label: string): void {
  element.setAttribute('aria-label', label);
  element.title = label;
}

/** A row of choices of which one holds: arrow keys go from one to the next, as in any group of radio buttons. */
export function choices(label: string, style: string, buttons: readonly HTMLButtonElement[]): HTMLElement {
  for (const button of buttons) button.setAttribute('role', 'radio');
  return h('div', { class: style, role: 'radiogroup', 'aria-label': label, onkeydown: (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const open = buttons.filter((button) => !button.disabled);
    const at = open.indexOf(event.composedPath()[0] as HTMLButtonElement);
    if (by === undefined || at < 0) return;
    event.preventDefault();
    const next = open[(at + by + open.length) % open.length];
    next.focus();
    next.click();
  } }, ...buttons);
}

/** Listens to a twin until the widget goes. */
export function listen(part: Pick<Part, 'signal'>, off: () => void): void {
  if (part.signal.aborted) off();
  else part.signal.addEventListener('abort', off, { once: true });
}

/** Runs a task every `milliseconds` until the widget goes. */
export function every(milliseconds: number, signal: AbortSignal, task: () => void): void {
  const timer = setInterval(task, milliseconds);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
