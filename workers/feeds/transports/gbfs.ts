import { shownUrl, TwinError } from '../../../engine/errors.ts';
import { ArrivalQueue, type Transport } from '../arrivals.ts';
import { EVERY, repeat } from '../ask.ts';
import { isFields } from '../decoders/fields.ts';
import { guardedJson } from '../decoders/json.ts';
import { follow } from '../decoders/mapping.ts';
import { RemoteDocument } from '../remote-document.ts';
import { GBFS_LIMITS } from '../decoders/gbfs.ts';

/** What is read, in this order: places before what happens at them. */
const FILES = ['station_information', 'station_status'] as const;
/** Seconds that a file's ttl may keep us from asking, and that the list of files is believed. */
const LONGEST_TTL = 3600;

interface File {
  readonly name: string;
  readonly document: RemoteDocument;
  /** When it may be asked for again, by {@link seconds}. */
  due: number;
}

/** A clock that nobody sets. */
const seconds = (): number => performance.now() / 1000;

/** Addresses of the files by name. 1.x and 2.x list them by language, 3.0 at once. @param base what relative ones count from @source MobilityData GBFS, gbfs.json */
function filesOf(value: unknown, base: string): Map<string, string> {
  const data = follow(value, ['data']);
  const feeds = follow(data, ['feeds']) ?? (isFields(data) ? follow(Object.values(data)[0], ['feeds']) : undefined);
  const files = new Map<string, string>();
  for (const one of Array.isArray(feeds) ? feeds : []) {
    const [name, url] = [follow(one, ['name']), follow(one, ['url'])];
    const whole = typeof url === 'string' && URL.canParse(url, base) ? new URL(url, base) : null;
    if (typeof name === 'string' && whole && /^https?:$/u.test(whole.protocol)) files.set(name, whole.href);
  }
  return files;
}

/**
 * GBFS 1.1 to 3.0: the list of files (gbfs.json), then the stations and their state, each asked for when its ttl has run out, at most every `every` seconds.
 * A message's topic is the file's name.
 */
export const gbfs: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const where = shownUrl(spec.url);
  const least = spec.every ?? EVERY;
  const list = new RemoteDocument(spec.url);
  let files: File[] = [];
  let listDue = -Infinity;

  const findFiles = async (): Promise<void> => {
    const answer = await list.fetch(signal);
    listDue = seconds() + LONGEST_TTL;
    if (!answer) return;
    const json = guardedJson(answer.bytes, GBFS_LIMITS);
    if ('code' in json) throw new TwinError('refused', `${where} is no list of GBFS files: ${json.message}`, { where });
    const found = filesOf(json.value, spec.url);
    const missing = FILES.filter((name) => !found.has(name));
    if (missing.length > 0) throw new TwinError('refused', `${where} lists no ${missing.join(' and no ')}; is it a gbfs.json?`, { where });
    files = FILES.map((name) => files.find((file) => file.name === name && file.document.url === found.get(name)) ?? { name, document: new RemoteDocument(found.get(name) ?? ''), due: -Infinity });
  };

  const read = async (file: File): Promise<void> => {
    const answer = await file.document.fetch(signal);
    let ttl = 0;
    if (answer) {
      const json = guardedJson(answer.bytes, GBFS_LIMITS);
      ttl = 'value' in json ? Number(follow(json.value, ['ttl'])) || 0 : 0;
      queue.push({ bytes: answer.bytes, topic: file.name, at: context.now() });
    }
    file.due = seconds() + Math.min(LONGEST_TTL, Math.max(least, ttl));
  };

  void repeat(spec, signal, link, async () => {
    try {
      if (seconds() >= listDue) await findFiles();
      for (const file of files) if (seconds() >= file.due) await read(file);
    } catch (cause) {
      // The files may have moved: the list is read anew, whole.
      listDue = -Infinity;
      if (files.length === 0) list.forget();
      throw cause;
    }
    return Math.max(0.01, Math.min(...files.map(({ due }) => due)) - seconds());
  });
  return queue;
};
