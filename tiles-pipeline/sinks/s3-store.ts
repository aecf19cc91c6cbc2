import type { S3Client } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinError } from '../../engine/errors.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

export interface StoreOptions {
  /** Address of a store that is not Amazon's. */
  readonly endpoint?: string;
  readonly signal?: AbortSignal;
  /** Tries of one request (6). */
  readonly tries?: number;
  /** Longest first pause between tries, ms (200). */
  readonly pause?: number;
}

export interface StoredObject {
  readonly key: string;
  /** MD5 of the stored bytes as hex, where the store makes its tags so. */
  readonly tag: string;
  readonly size: number;
  /** ms since 1970 */
  readonly changed: number;
}

export interface NewObject {
  readonly body: () => Uint8Array | NodeJS.ReadableStream;
  readonly length: number;
  /** MD5 of the body: the store refuses what arrives damaged. */
  readonly md5: Buffer;
  readonly type: string;
  readonly encoding?: string;
  readonly cache: string;
  /** Only where there is no such object; not all stores know it. */
  readonly fresh?: boolean;
}

const sentences: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket; make it first',
  AccessDenied: 'access is denied: this key may not write there',
  Forbidden: 'access is denied: this key may not write there',
  InvalidAccessKeyId: 'the store does not know this key; see AWS_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'the key and its secret do not match; see AWS_SECRET_ACCESS_KEY',
  ExpiredToken: 'the session token has run out; see AWS_SESSION_TOKEN',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  PermanentRedirect: 'the bucket is in another region; see AWS_REGION',
  EntityTooLarge: 'a file is larger than the store takes',
  QuotaExceeded: 'the quota of the store is used up',
  ENOTFOUND: 'its address cannot be found; see --s3-endpoint',
  ECONNREFUSED: 'nobody answers at its address; see --s3-endpoint',
};

/** Objects of one bucket. Each request is tried again after faults of the network and of the store. */
export class ObjectStore {
  readonly #sdk: Sdk;
  readonly #client: S3Client;

  private constructor(
    readonly where: string,
    private readonly bucket: string,
    private readonly options: StoreOptions,
    sdk: Sdk,
    client: S3Client,
  ) {
    this.#sdk = sdk;
    this.#client = client;
  }

  /**
   * Keys come from the environment alone (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION) and are never shown.
   * @throws {TwinError} `unsupported` where the client is not installed, `bad-input` without keys
   */
  static async open(where: string, bucket: string, options: StoreOptions = {}): Promise<ObjectStore> {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken, AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
    const sdk = await import('@aws-sdk/client-s3').catch((cause: unknown) => {
      throw new TwinError('unsupported', `${where} needs the client for object stores: npm install @aws-sdk/client-s3`, { where, cause });
    });
    if (!accessKeyId || !secretAccessKey) throw new TwinError('bad-input', `${where} needs keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.`, { where });
    const endpoint = options.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
    if (endpoint !== undefined && !/^https?:\/\/[^/]/u.test(endpoint)) throw new TwinError('bad-input', 'The endpoint of the store is no http or https address.', { where });
    const client = new sdk.S3Client({
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      region: AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1',
      ...(endpoint && { endpoint, forcePathStyle: true }),
      maxAttempts: 1,
      // Many stores that are not Amazon's know no other; the MD5 guards the bytes.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    return new ObjectStore(where, bucket, options, sdk, client);
  }

  /** @returns false where it was to be fresh and there is one */
  async put(key: string, { body, length, md5, type, encoding, cache, fresh }: NewObject): Promise<boolean> {
    try {
      await this.#tried((abortSignal) =>
        this.#client.send(
          new this.#sdk.PutObjectCommand({
            Bucket: this.bucket,
            Key: key,
            Body: body() as Uint8Array,
            ContentLength: length,
            ContentMD5: md5.toString('base64'),
            ContentType: type,
            CacheControl: cache,
            ...(encoding && { ContentEncoding: encoding }),
            ...(fresh && { IfNoneMatch: '*' }),
          }),
          { abortSignal },
        ),
      );
      return true;
    } catch (cause) {
      if (fresh && (cause as { cause?: Answer }).cause?.status === 412) return false;
      throw cause;
    }
  }

  /** Copies inside of the store: nothing is sent. */
  async copy(from: string, to: string): Promise<void> {
    const source = `${this.bucket}/${from}`.split('/').map(encodeURIComponent).join('/');
    await this.#tried((abortSignal) => this.#client.send(new this.#sdk.CopyObjectCommand({ Bucket: this.bucket, Key: to, CopySource: source, MetadataDirective: 'COPY' }), { abortSignal }));
  }

  /** undefined where there is none. */
  async get(key: string): Promise<{ text: string; changed: number } | undefined> {
    try {
      return await this.#tried(async (abortSignal) => {
        const answer = await this.#client.send(new this.#sdk.GetObjectCommand({ Bucket: this.bucket, Key: key }), { abortSignal });
        return { text: (await answer.Body?.transformToString()) ?? '', changed: answer.LastModified?.getTime() ?? 0 };
      });
    } catch (cause) {
      if ((cause as { cause?: Answer }).cause?.name === 'NoSuchKey') return undefined;
      throw cause;
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    let token: string | undefined;
    do {
      const page = await this.#tried((abortSignal) => this.#client.send(new this.#sdk.ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: token }), { abortSignal }));
      for (const { Key = '', ETag = '', Size = 0, LastModified } of page.Contents ?? []) yield { key: Key, tag: ETag.replaceAll('"', ''), size: Size, changed: LastModified?.getTime() ?? 0 };
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token);
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (let k = 0; k < keys.length; k += 1000) {
      const Objects = keys.slice(k, k + 1000).map((Key) => ({ Key }));
      await this.#tried((abortSignal) => this.#client.send(new this.#sdk.DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } }), { abortSignal }));
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #tried<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, tries = 6, pause = 200 } = this.options;
    for (let k = 1; ; k++) {
      try {
        signal?.throwIfAborted();
        const deadline = AbortSignal.timeout(300_000);
        return await act(signal ? AbortSignal.any([signal, deadline]) : deadline);
      } catch (cause) {
        if (k >= tries || !passes(cause) || signal?.aborted) throw this.#fault(cause);
        // Full jitter: many writers that failed together do not come back together.
        await sleep(Math.random() * Math.min(20_000, pause * 2 ** k), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** The client's own error holds the whole request, its signature included: it goes no further. */
  #fault(thrown: unknown): TwinError {
    if (this.options.signal?.aborted) return new TwinError('aborted', 'The build was stopped; nothing visible was changed.', { where: this.where });
    const cause: Answer = { name: nameOf(thrown), status: statusOf(thrown) };
    const passing = passes(thrown);
    const why = sentences[cause.name] ?? `the store says ${cause.name}${cause.status ? ` (${cause.status})` : ''}`;
    return new TwinError(passing ? 'network' : 'refused', `${this.where} could not be written: ${why}. What was there before is untouched.`, { where: this.where, cause, retryable: passing });
  }
}

/** What of a failed request may be kept. */
interface Answer {
  readonly name: string;
  readonly status: number;
}

function statusOf(cause: unknown): number {
  return (cause as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0;
}

function nameOf(cause: unknown): string {
  const { name, code } = (cause ?? {}) as { name?: string; code?: string };
  return code ?? name ?? 'nothing';
}

/** Whether the same may go well a moment later. */
function passes(cause: unknown): boolean {
  const status = statusOf(cause);
  if (status !== 0) return status >= 500 || status === 429 || status === 408 || nameOf(cause) === 'RequestTimeout' || nameOf(cause) === 'BadDigest';
  return !['ENOTFOUND', 'NotFound', 'TypeError', 'AbortError', 'ENOENT', 'EACCES'].includes(nameOf(cause));
}
