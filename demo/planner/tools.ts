/** What a click on the map does. */
export type ToolName = 'select' | 'incident' | 'distance' | 'area' | 'clip';

/** The tool in hand. Belongs to the page, not to the document: two people looking at one scene hold different tools. */
export class ToolBox {
  readonly #listeners = new Set<(tool: ToolName) => void>();
  #tool: ToolName = 'select';

  get tool(): ToolName {
    return this.#tool;
  }

  set tool(tool: ToolName) {
    if (tool === this.#tool) return;
    this.#tool = tool;
    for (const listener of this.#listeners) listener(tool);
  }

  onChange(listener: (tool: ToolName) => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }
}
