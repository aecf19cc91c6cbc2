import { shownUrl, toTwinError } from '../../../engine/errors.ts';
import { pause } from '../backoff.ts';
import type { Transport } from '../arrivals.ts';
import { framesOf } from '../recording.ts';

/** Frames handed over between two turns of the event loop. */
const AT_ONCE = 2000;

/**
 * A recording by URL. All of it goes into the history, each message with its recorded time of receipt: which moment is seen is then
 * the clock's business alone, forwards, backwards and at any rate.
 */
export const replay: Transport = async function* (spec, signal, link, context) {
  let recording: Uint8Array;
  try {
    recording = new Uint8Array(await context.load(spec.url, signal));
  } catch (cause) {
    if (!signal.aborted) link.lost(toTwinError(cause, 'not-found', shownUrl(spec.url)));
    return;
  }
  link.open();
  let count = 0;
  for (const frame of framesOf(recording)) {
    yield frame;
    if (++count % AT_ONCE === 0) await pause(0, signal);
    if (signal.aborted) return;
  }
};
