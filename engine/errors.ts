/** What went wrong, in a word a program can test; each has an entry in docs/errors.md. */
export type ErrorCode =
  | 'aborted'
  | 'analysis-failed'
  | 'assets-missing'
  | 'backend-lost'
  | 'backend-unavailable'
  | 'bad-document'
  | 'bad-input'
  | 'deadline'
  | 'feed-failed'
  | 'forbidden-origin'
  | 'layer-failed'
  | 'network'
  | 'not-found'
  | 'refused'
  | 'too-large'
  | 'unsupported'
  | 'worker-died'
  | 'worker-hung';

/**
 * The one error that crosses a room's door. `message` is a sentence for a person: what, where, what to do.
 * `where` names the place (a URL without its query, a layer's id, a JSON pointer); it never carries a secret.
 */
export class TwinError extends Error {
  readonly code: ErrorCode;
  readonly where: string;
  /** True where the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { where?: string; cause?: unknown; retryable?: boolean } = {}) {
    super(withoutSecrets(message), { cause: options.cause });
    this.name = 'TwinError';
    this.code = code;
    this.where = options.where ?? '';
    this.retryable = options.retryable ?? false;
  }
}

/** A text without what may be a secret in the addresses it names: users, passwords, queries, fragments. Browsers and libraries write whole addresses into their messages. */
export function withoutSecrets(text: string): string {
  if (!/[?#@]/u.test(text)) return text;
  return text
    .replaceAll(/\b([a-z][\w+.-]{1,20}:\/\/)[^\s/@'"“”<>]*@/giu, '$1')
    .replaceAll(/((?:[a-z][\w+.-]{1,20}:\/\/|\/)[^\s?#'"“”<>()]*)[?#][^\s'"“”<>()]*[^\s'"“”<>(),.;:]/giu, '$1');
}

/** A problem found in data: collected, never thrown. `path` is a JSON pointer, a line, or a byte offset. */
export interface Issue {
  code: string;
  severity: 'error' | 'warning' | 'info';
  message: string;
  path?: string;
  /** How many times the same problem was met; 1 when absent. */
  count?: number;
}

/** Turns anything thrown into a TwinError; a TwinError passes unchanged, an AbortError becomes `aborted`. */
export function toTwinError(cause: unknown, code: ErrorCode, where = ''): TwinError {
  if (cause instanceof TwinError) return cause;
  const name = cause instanceof Error ? cause.name : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  return new TwinError(name === 'AbortError' ? 'aborted' : code, message, { where, cause });
}

/** A URL fit to be shown or logged: without user, password, query and fragment (they may carry tokens). */
export function shownUrl(url: string): string {
  try {
    const parsed = new URL(url, 'http://relative.invalid/');
    const shown = `${parsed.origin}${parsed.pathname}`;
    return shown.startsWith('http://relative.invalid') ? parsed.pathname : shown;
  } catch {
    return url.split(/[?#]/, 1)[0];
  }
}
