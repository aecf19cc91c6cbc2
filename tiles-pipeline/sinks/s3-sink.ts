import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { TwinError } from '../../engine/errors.ts';
import { contentTypeOf, mayPack } from './content-types.ts';
import { pointingInto } from './s3-pointers.ts';
import { ObjectStore, type StoreOptions } from './s3-store.ts';
import { requirePath, type Sink } from './sink.ts';

export interface S3SinkOptions extends StoreOptions {
  /** Stores what may be packed as gzip, with `Content-Encoding: gzip`. */
  readonly gzip?: boolean;
  /** Requests at once (16). */
  readonly flight?: number;
  /** Earlier versions that stay, so that open views of them go on (1). */
  readonly keep?: number;
  /** Milliseconds without a sign of life after which another run counts as dead (600,000). */
  readonly patience?: number;
  /** Milliseconds after which nobody who found no lock puts his own (300). */
  readonly settle?: number;
}

/** What was or will be stored at one path. */
interface Kept {
  readonly tag: string;
  /** Version it already lies in; undefined where it is on its way. */
  readonly from: string;
}

const ENTRIES = ['tileset.json', 'city.json'];
const PIECES = 8e6;
/** @source Amazon S3, PutObject: 5 GB at once */
const LARGEST = 5e9;
const WORTH = 0.95;
const packed = promisify(gzip);

/**
 * A prefix of a bucket. The files go into a version of their own below it (`versions/ID/…`); when all are there, `citymirror.json` names it,
 * and `tileset.json` and `city.json` at the prefix are replaced by ones that lead into it: nobody sees half of a city. What has the same bytes in
 * the version before is copied inside of the store and not sent; a run that was broken off is gone on with. Versions that are
 * not needed any more go at the end.
 * `write` returns when the bytes are under way; a failure is thrown by a later call.
 */
export class S3Sink implements Sink {
  readonly where: string;
  readonly scratch: string;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #files = new Map<string, Kept>();
  readonly #folders = new Set<string>();
  readonly #entries = new Map<string, Uint8Array>();
  /** Tags of what is stored, by version and path. */
  readonly #stored = new Map<string, Map<string, string>>();
  readonly #running = new Set<Promise<void>>();
  #opened: Promise<void> | undefined;
  #store: ObjectStore | undefined;
  /** Finished ones, the newest first. */
  #versions: string[] = [];
  #version = '';
  #failed: unknown;
  #token = '';
  #beat: NodeJS.Timeout | undefined;

  /** @param url s3://bucket/prefix @throws {TwinError} `bad-input` */
  constructor(
    url: string,
    private readonly options: S3SinkOptions = {},
  ) {
    const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/*$/u.exec(url);
    if (!match) throw new TwinError('bad-input', `${url} is no place in a store; write s3://BUCKET/PREFIX.`);
    this.where = url;
    this.scratch = join(tmpdir(), `citymirror-${randomBytes(6).toString('hex')}`);
    this.#bucket = match[1];
    this.#prefix = match[2] ? `${requirePath(match[2])}/` : '';
  }

  /** @throws {TwinError} `refused` where another run is at work on it, `unsupported`, `bad-input`, `network` */
  open(): Promise<void> {
    return (this.#opened ??= this.#open());
  }

  async #open(): Promise<void> {
    this.#store = await ObjectStore.open(this.where, this.#bucket, this.options);
    try {
      await mkdir(this.scratch, { recursive: true });
      await this.#take();
      const told = await this.#store.get(`${this.#prefix}citymirror.json`);
      this.#versions = told ? versionsIn(told.text) : [];
      if (!told) await this.#refuseForeign();
      const base = `${this.#prefix}versions/`;
      for await (const { key, tag } of this.#store.list(base)) {
        const [version, ...path] = key.slice(base.length).split('/');
        const files = this.#stored.get(version) ?? new Map<string, string>();
        this.#stored.set(version, files.set(path.join('/'), tag));
      }
      // What no finished version names was left by a run that was broken off.
      const left = [...this.#stored.keys()].filter((version) => !this.#versions.includes(version)).toSorted();
      this.#version = left.at(-1) ?? `${new Date().toISOString().replaceAll(/\W/gu, '')}-${randomBytes(3).toString('hex')}`;
    } catch (cause) {
      await this.#release();
      throw cause;
    }
  }

  /** Only a prefix that is empty or holds a city of ours is written to. */
  async #refuseForeign(): Promise<void> {
    for await (const { key } of this.#store!.list(this.#prefix)) {
      if (key === this.#lockKey || key.startsWith(`${this.#prefix}versions/`)) continue;
      throw new TwinError('refused', `${this.where} holds other objects (${key.slice(0, 80)}); choose an empty or a new prefix with -o.`, { where: this.where });
    }
  }

  get #lockKey(): string {
    return `${this.#prefix}citymirror.lock`;
  }

  /** A store has no locks: an object says who is at work, is renewed while he is, and is looked at once more after it was put. */
  async #take(): Promise<void> {
    const { patience = 600_000 } = this.options;
    const before = await this.#store!.get(this.#lockKey);
    if (before && Date.now() - before.changed < patience) throw this.#held(before.text);
    this.#token = randomUUID();
    const fresh = await this.#putLock(before === undefined);
    // Time for another that saw no lock either: not every store knows `If-None-Match`.
    await sleep(this.options.settle ?? 300);
    const after = await this.#store!.get(this.#lockKey);
    if (!fresh || !after?.text.includes(this.#token)) {
      this.#token = '';
      throw this.#held(after?.text ?? '');
    }
    this.#beat = setInterval(() => void this.#putLock(false).catch(() => undefined), Math.max(1000, patience / 10));
    this.#beat.unref();
  }

  #putLock(fresh: boolean): Promise<boolean> {
    const bytes = Buffer.from(JSON.stringify({ pid: process.pid, host: hostname(), token: this.#token }));
    return this.#store!.put(this.#lockKey, { body: () => bytes, length: bytes.length, md5: md5Of(bytes), type: 'application/json', cache: 'no-store', fresh });
  }

  #held(text: string): TwinError {
    const [, pid = '?'] = /"pid":(\d+)/u.exec(text) ?? [];
    const [, host = '?'] = /"host":"([^"]{1,100})"/u.exec(text) ?? [];
    return new TwinError('refused', `${this.where} is being written by process ${pid} on ${host}. Wait for it or end it; if there is no such process, try again in ten minutes or remove ${this.#lockKey}.`, { where: this.where, retryable: true });
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.#add(path, async () => {
      if (ENTRIES.includes(path)) this.#entries.set(path, bytes);
      const zipped = this.options.gzip && mayPack(path) && bytes.length > 200 ? await packed(bytes, { level: 6 }) : bytes;
      const better = zipped.length < bytes.length * WORTH;
      const body = better ? zipped : bytes;
      await this.#send(path, { body: () => body, length: body.length, md5: md5Of(body), ...(better && { encoding: 'gzip' }) });
    });
  }

  async copyFrom(path: string, file: string): Promise<void> {
    const { size } = await stat(file);
    if (size <= PIECES || ENTRIES.includes(path)) return this.write(path, await readFile(file));
    if (size > LARGEST) throw new TwinError('refused', `${this.where} cannot hold ${path}: it is larger than 5 GB. Write to a folder with -o DIR, and upload it in parts.`, { where: this.where });
    await this.#add(path, async () => {
      const sum = createHash('md5');
      for await (const piece of createReadStream(file)) sum.update(piece as Buffer);
      await this.#send(path, { body: () => createReadStream(file), length: size, md5: sum.digest() });
    });
  }

  async #add(path: string, act: () => Promise<void>): Promise<void> {
    requirePath(path);
    await this.open();
    while (this.#running.size >= (this.options.flight ?? 16)) await Promise.race(this.#running);
    if (this.#failed) throw this.#failed;
    this.#files.set(path, { tag: '', from: this.#version });
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) this.#folders.add(path.slice(0, at + 1));
    const own: Promise<void> = act()
      .catch((cause: unknown) => void (this.#failed ??= cause))
      .finally(() => this.#running.delete(own));
    this.#running.add(own);
  }

  /** Unless those very bytes lie in this version already, or in the one before. */
  async #send(path: string, object: { body: () => Uint8Array | NodeJS.ReadableStream; length: number; md5: Buffer; encoding?: string }): Promise<void> {
    const tag = object.md5.toString('hex');
    const from = [this.#version, ...this.#versions.slice(0, 1)].find((version) => this.#stored.get(version)?.get(path) === tag);
    this.#files.set(path, { tag, from: from ?? this.#version });
    if (from) return;
    await this.#store!.put(this.#key(this.#version, path), { ...object, type: contentTypeOf(path), cache: 'public, max-age=31536000, immutable' });
  }

  #key(version: string, path: string): string {
    return `${this.#prefix}versions/${version}/${path}`;
  }

  async has(path: string): Promise<boolean> {
    await this.open();
    return this.#files.has(path);
  }

  async commit(): Promise<void> {
    await this.open();
    await Promise.all(this.#running);
    if (this.#failed) throw this.#failed;
    const version = this.#isUnchanged() ? this.#versions[0] : this.#version;
    if (version === this.#version) await this.#complete();
    const versions = [version, ...this.#versions.filter((each) => each !== version)].slice(0, 1 + (this.options.keep ?? 1));
    await this.#putEntry('citymirror.json', Buffer.from(`${JSON.stringify({ version: 1, versions }, null, 1)}\n`));
    this.#versions = versions;
    const knows = (path: string): boolean => this.#files.has(path) || this.#folders.has(path);
    for (const path of ENTRIES) {
      const bytes = this.#entries.get(path);
      if (bytes) await this.#putEntry(path, pointingInto(`versions/${version}/`, path, bytes, knows));
    }
    await this.#tidy(versions);
    await this.#release();
  }

  /** The same paths with the same bytes as in the last version. */
  #isUnchanged(): boolean {
    const last = this.#stored.get(this.#versions[0] ?? '');
    return last?.size === this.#files.size && [...this.#files].every(([path, { tag }]) => last.get(path) === tag);
  }

  /** Brings over what did not change, and takes away what a broken run had put and this one did not. */
  async #complete(): Promise<void> {
    const copies = [...this.#files].filter(([, { from }]) => from !== this.#version);
    await this.#each(copies, ([path, { from }]) => this.#store!.copy(this.#key(from, path), this.#key(this.#version, path)));
    const stray = [...(this.#stored.get(this.#version)?.keys() ?? [])].filter((path) => !this.#files.has(path));
    await this.#store!.remove(stray.map((path) => this.#key(this.#version, path)));
  }

  async #each<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
    const rest = items.values();
    await Promise.all(Array.from({ length: this.options.flight ?? 16 }, async () => {
      for (const item of rest) await act(item);
    }));
  }

  async #putEntry(path: string, bytes: Uint8Array): Promise<void> {
    const zipped = this.options.gzip && path !== 'citymirror.json' ? await packed(bytes, { level: 6 }) : bytes;
    await this.#store!.put(this.#prefix + path, { body: () => zipped, length: zipped.length, md5: md5Of(zipped), type: contentTypeOf(path), cache: 'no-cache', ...(zipped !== bytes && { encoding: 'gzip' }) });
  }

  /** Versions nobody is led to any more, and entries this city does not have. */
  async #tidy(versions: readonly string[]): Promise<void> {
    for (const [version, files] of this.#stored) if (!versions.includes(version)) await this.#store!.remove([...files.keys()].map((path) => this.#key(version, path)));
    await this.#store!.remove(ENTRIES.filter((path) => !this.#entries.has(path)).map((path) => this.#prefix + path));
  }

  async discard(): Promise<void> {
    await Promise.all(this.#running);
    if (!this.#token) return;
    const sent = new Set([...(this.#stored.get(this.#version)?.keys() ?? []), ...[...this.#files].filter(([, { from }]) => from === this.#version).map(([path]) => path)]);
    await this.#store!.remove([...sent].map((path) => this.#key(this.#version, path))).catch(() => undefined);
    await this.#release();
  }

  async leave(): Promise<void> {
    await Promise.all(this.#running);
    await this.#release();
  }

  async #release(): Promise<void> {
    clearInterval(this.#beat);
    await rm(this.scratch, { recursive: true, force: true });
    const token = this.#token;
    this.#token = '';
    if (token) await this.#store?.remove([this.#lockKey]).catch(() => undefined);
    this.#store?.close();
  }
}

function versionsIn(text: string): string[] {
  try {
    const { versions } = JSON.parse(text) as { versions?: unknown };
    return Array.isArray(versions) ? versions.filter((each) => typeof each === 'string' && /^[\w-]+$/u.test(each)) : [];
  } catch {
    return [];
  }
}

function md5Of(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}
