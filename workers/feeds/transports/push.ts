import type { Transport } from '../arrivals.ts';

/** No connection: readings come by hand through `OpenFeed.push`. */
export const push: Transport = (_spec, signal, link) => {
  link.open();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ value: undefined, done: true }), { once: true })),
    }),
  };
};
