/** What a page holds right now; imported before anything else, it wraps the makers and the enders. */
export interface Held {
  workers: number;
  sockets: number;
  timers: number;
  frames: number;
  objectUrls: number;
  contexts: number;
  glObjects: number;
  listeners: number;
  nodes: number;
}

const live = { workers: new Set<object>(), sockets: new Set<object>(), timers: new Set<unknown>(), frames: new Set<number>(), urls: new Set<string>(), listeners: new Map<EventTarget, number>() };
const contexts = new Map<WebGL2RenderingContext, Set<object>>();

const NativeWorker = window.Worker;
window.Worker = class extends NativeWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    live.workers.add(this);
  }
  override terminate(): void {
    live.workers.delete(this);
    super.terminate();
  }
};
const NativeSocket = window.WebSocket;
window.WebSocket = class extends NativeSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    live.sockets.add(this);
    this.addEventListener('close', () => live.sockets.delete(this));
  }
};

const { setTimeout: later, clearTimeout: unlater, setInterval: every, clearInterval: unevery, requestAnimationFrame: frame, cancelAnimationFrame: unframe } = window;
window.setTimeout = ((run: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) => {
  const id = later(() => { live.timers.delete(id); run(...args); }, delay);
  live.timers.add(id);
  return id;
}) as typeof window.setTimeout;
window.clearTimeout = (id) => { live.timers.delete(id); unlater(id); };
window.setInterval = ((run: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) => {
  const id = every(run, delay, ...args);
  live.timers.add(id);
  return id;
}) as typeof window.setInterval;
window.clearInterval = (id) => { live.timers.delete(id); unevery(id); };
window.requestAnimationFrame = (run) => {
  const id = frame((time) => { live.frames.delete(id); run(time); });
  live.frames.add(id);
  return id;
};
window.cancelAnimationFrame = (id) => { live.frames.delete(id); unframe(id); };

const createUrl = URL.createObjectURL.bind(URL);
const revokeUrl = URL.revokeObjectURL.bind(URL);
URL.createObjectURL = (object) => { const url = createUrl(object as Blob); live.urls.add(url); return url; };
URL.revokeObjectURL = (url) => { live.urls.delete(url); revokeUrl(url); };

/** Listeners on window and document: what outlives an element when it is forgotten. Told apart by type, listener and capture. */
for (const target of [window, document] as EventTarget[]) {
  const known = new Map<string, Set<unknown>>();
  const key = (type: string, options: unknown): string => `${type}/${typeof options === 'object' ? Boolean((options as AddEventListenerOptions | null)?.capture) : Boolean(options)}`;
  const add = target.addEventListener.bind(target);
  const remove = target.removeEventListener.bind(target);
  const count = (): void => void live.listeners.set(target, [...known.values()].reduce((sum, set) => sum + set.size, 0));
  target.addEventListener = (type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions) => {
    const set = known.get(key(type, options)) ?? new Set();
    known.set(key(type, options), set.add(listener));
    const signal = typeof options === 'object' ? options.signal : undefined;
    signal?.addEventListener('abort', () => { set.delete(listener); count(); });
    count();
    add(type, listener, options);
  };
  target.removeEventListener = (type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions) => {
    known.get(key(type, options))?.delete(listener);
    count();
    remove(type, listener, options);
  };
}

const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...args: Parameters<typeof getContext>) {
  const context = getContext.apply(this, args) as unknown;
  if (context instanceof WebGL2RenderingContext && !contexts.has(context)) {
    contexts.set(context, new Set());
    this.addEventListener('webglcontextlost', () => contexts.delete(context));
  }
  return context;
} as typeof getContext;

const gl = WebGL2RenderingContext.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const kind of ['Buffer', 'Texture', 'Program', 'Shader', 'Framebuffer', 'Renderbuffer', 'VertexArray', 'Sampler', 'Query']) {
  const create = gl[`create${kind}`];
  const remove = gl[`delete${kind}`];
  gl[`create${kind}`] = function (this: WebGL2RenderingContext, ...args) {
    const object = create.apply(this, args);
    if (object) contexts.get(this)?.add(object);
    return object;
  };
  gl[`delete${kind}`] = function (this: WebGL2RenderingContext, ...args) {
    if (args[0]) contexts.get(this)?.delete(args[0]);
    return remove.apply(this, args);
  };
}

export function held(): Held {
  const alive = [...contexts].filter(([context]) => !context.isContextLost());
  return {
    workers: live.workers.size, sockets: live.sockets.size, timers: live.timers.size, frames: live.frames.size, objectUrls: live.urls.size,
    contexts: alive.length, glObjects: alive.reduce((sum, [, objects]) => sum + objects.size, 0),
    listeners: [...live.listeners.values()].reduce((sum, count) => sum + count, 0), nodes: document.querySelectorAll('*').length,
  };
}
