import { createTwin, type Twin } from './citymirror.ts';
import { toTwinError, TwinError } from '#engine';

/** Twin events that the element passes on as DOM events `twin-NAME` with a `detail`. */
const EVENTS = ['pick', 'status', 'error', 'state', 'time', 'camera', 'result', 'backend'] as const;

/**
 * `<city-twin backend="three" at="117.49,30.66" scene="/scenes/city.json">`: a twin as an element, for pages without a framework.
 * `twin` resolves when it is ready; the element disposes it when it leaves the document, and makes another when it comes back.
 * Needs a size from the page's style; without one it is 100 % of its parent's width and at least 240 pixels tall.
 */
export class CityTwinElement extends HTMLElement {
  static readonly observedAttributes = ['backend', 'scene'];
  #twin: Promise<Twin> | null = null;
  #life: AbortController | null = null;

  /** The running twin; rejects with a TwinError where it could not be made, or while the element is outside a document. */
  get twin(): Promise<Twin> {
    return this.#twin ?? Promise.reject(new TwinError('aborted', 'The element is not in a document yet.'));
  }

  connectedCallback(): void {
    if (this.#life) return;
    const sheet = this.style;
    if (getComputedStyle(this).display === 'inline') sheet.display = 'block';
    if (this.clientHeight === 0) sheet.minHeight = '240px';
    this.#life = new AbortController();
    this.#twin = this.#make(this.#life.signal);
    this.#twin.catch((cause: unknown) => this.#tell('error', { error: toTwinError(cause, 'backend-unavailable'), layer: null, repeats: 1 }));
  }

  disconnectedCallback(): void {
    const life = this.#life;
    // A moved element is disconnected and connected in one task: only what stays away is disposed.
    queueMicrotask(() => {
      if (this.isConnected || this.#life !== life) return;
      life?.abort();
      this.#life = null;
      void this.#twin?.then((twin) => twin.dispose(), () => {});
      this.#twin = null;
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.#twin || before === now || before === null || now === null) return;
    if (name === 'backend') void this.#twin.then((twin) => twin.use(now)).catch(() => {});
    if (name === 'scene') void this.#twin.then(async (twin) => twin.open(await readScene(now))).catch((cause: unknown) => this.#tell('error', { error: toTwinError(cause, 'bad-document', now), layer: null, repeats: 1 }));
  }

  async #make(signal: AbortSignal): Promise<Twin> {
    const scene = this.getAttribute('scene');
    const at = this.getAttribute('at')?.split(',').map(Number);
    const twin = await createTwin(this, {
      backend: this.getAttribute('backend') ?? 'three',
      at: at?.length === 2 ? [at[0], at[1]] : undefined,
      document: scene ? await readScene(scene) : undefined,
      assets: this.getAttribute('assets') ?? undefined,
    });
    if (signal.aborted) {
      await twin.dispose();
      throw new TwinError('aborted', 'The element left the document while its twin was starting.');
    }
    for (const name of EVENTS) twin.on(name, (detail) => this.#tell(name, detail));
    return twin;
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(`twin-${name}`, { detail }));
  }
}

async function readScene(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new TwinError('not-found', `The scene document ${url} could not be read (${response.status}). Check the address.`, { where: url });
  return response.json();
}

/** Registers `<city-twin>`; called once by importing `citymirror/element`, harmless when called again. */
export function defineCityTwin(name = 'city-twin'): void {
  if (!customElements.get(name)) customElements.define(name, CityTwinElement);
}
