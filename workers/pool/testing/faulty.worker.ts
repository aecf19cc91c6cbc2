import { host, type Work } from '../host.ts';
import { ownEndpoint } from '../own-endpoint.ts';

/** A wasm module whose one function is `unreachable`. */
const UNREACHABLE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 98, 111, 111, 109, 0, 0, 10, 5, 1, 3, 0, 0, 11]);

/** A number of this worker's own. */
const own = Math.random();

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Every way for work to go wrong, each by name. */
const faults: Record<string, (input: never, work: Work) => unknown> = {
  echo: (input) => input,
  who: () => own,
  square: async ({ value, pause = 0 }: { value: number; pause?: number }, work) => {
    if (pause > 0) await wait(pause);
    return work.cancelled() ? null : value * value;
  },
  throw: () => { throw new TypeError('on purpose'); },
  exit: ({ code }: { code: number }) => process.exit(code),
  /** Ends itself without an event: browsers tell nobody. */
  close: () => {
    (globalThis as unknown as { close(): void }).close();
    return wait(60_000);
  },
  uncaught: () => {
    setTimeout(() => { throw new Error('nobody caught this'); });
    return wait(60_000);
  },
  memory: () => {
    const held: unknown[] = [];
    for (;;) held.push(Array.from({ length: 100_000 }, (_, i) => ({ i })));
  },
  wasm: async () => {
    const { instance } = await WebAssembly.instantiate(UNREACHABLE);
    (instance.exports.boom as () => void)();
  },
  spin: () => { for (;;); },
  /** Thirty seconds of honest work that shows signs of life but never lets messages in. */
  long: ({ seconds }: { seconds: number }, work) => {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) work.progress(1 - (end - Date.now()) / seconds / 1000);
    return 'done';
  },
  patient: async ({ steps }: { steps: number }, work) => {
    for (let step = 0; step < steps; step++) {
      if (work.cancelled()) throw work.signal.reason;
      work.progress(step / steps);
      await work.turn();
    }
    return steps;
  },
  unclonable: () => ({ call: () => 1 }),
  bytes: ({ values }: { values: Float32Array }) => ({ doubled: values.map((value) => value * 2) }),
};

host(ownEndpoint(), async (name, input, work) => {
  const fault = faults[name];
  if (!fault) throw new Error(`nothing is called ${name}`);
  return fault(input as never, work);
});
