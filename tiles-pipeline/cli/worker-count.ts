import { TwinError } from '../../engine/errors.ts';

/** `--workers N`. @throws {TwinError} `bad-input` */
export function parseWorkers(text: string, least = 1): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isInteger(count) || count < least || count > 256) throw new TwinError('bad-input', `--workers ${text} is no number of processes: give ${least} to 256${least === 1 && count === 0 ? ' (0 only with --queue, to leave all work to others)' : ''}.`);
  return count;
}

/** `--max-memory 512`, MiB; `2g` are as many GiB. @throws {TwinError} `bad-input` */
export function parseMemory(text: string): number {
  const [, digits, unit = 'm'] = /^(\d+(?:\.\d+)?)\s*([mg])?(?:i?b)?$/iu.exec(text.trim()) ?? [];
  if (digits === undefined) throw new TwinError('bad-input', `--max-memory ${text} is no amount of memory: give MiB, such as 512, or GiB, such as 2g.`);
  return Number(digits) * (unit.toLowerCase() === 'g' ? 1024 : 1);
}
