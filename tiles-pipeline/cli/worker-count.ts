import { TwinError } from '../../engine/errors.ts';

/** `--workers N`. @throws {TwinError} `bad-input` */
export function parseWorkers(text: string, least = 1): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isInteger(count) || count < least || count > 256) throw new TwinError('bad-input', `--workers ${text} is no number of processes: give ${least} to 256${least === 1 && count === 0 ? ' (0 only with --queue, to leave all work to others)' : ''}.`);
  return count;
}
