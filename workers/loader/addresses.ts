import { shownUrl, TwinError } from '../../engine/errors.ts';
import type { LoaderPolicy } from './policy.ts';

/** Characters that mean the same with and without their percent sign (RFC 3986, section 2.3). */
const UNRESERVED = /%(2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi;

/** One spelling of a URL: no fragment, no needless percent signs, no dot segments. */
export function normalise(url: string): string {
  const plain = new URL(url);
  plain.hash = '';
  const path = plain.pathname.replaceAll(UNRESERVED, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
  const again = new URL(plain.origin + path + plain.search);
  return again.href;
}

/** Why a URL may not be asked for, in words; null when it may. */
export function objection(url: URL, root: string, policy: LoaderPolicy): string | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `the scheme '${url.protocol}' is not one of http and https`;
  if (url.username || url.password) return 'it carries a user or a password';
  const origins = [policy.page, new URL(root).origin, ...policy.allow];
  if (!origins.includes(url.origin)) return `the origin ${url.origin} is not on the list of allowed origins`;
  return null;
}

/** @throws TwinError `forbidden-origin`, `bad-input` */
export function allowed(address: string, root: string, policy: LoaderPolicy): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw new TwinError('bad-input', `'${shownUrl(address)}' is not an absolute URL`, { cause, where: shownUrl(address) });
  }
  const problem = objection(url, root, policy);
  if (problem) throw new TwinError('forbidden-origin', `${shownUrl(address)} was not fetched: ${problem}`, { where: shownUrl(address) });
  const base = new URL(root);
  // An engine that joins a server's root and a name by a slash makes two of them.
  if (url.origin === base.origin && url.pathname.startsWith('//') && !base.pathname.startsWith('//')) url.pathname = url.pathname.replace(/^\/+/, '/');
  return withoutForeignTokens(url, base);
}

/** Query parameters of the root are often tokens, and engines hand them down: to another origin none of them goes. */
function withoutForeignTokens(url: URL, root: URL): URL {
  if (url.origin === root.origin) return url;
  for (const [name, value] of root.searchParams) if (url.searchParams.get(name) === value) url.searchParams.delete(name);
  return url;
}

/** The headers that may go to this origin: those configured for it, and those given with the load when it is the root's own. */
export function headersFor(url: URL, root: string, given: Readonly<Record<string, string>> | undefined, policy: LoaderPolicy): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const credential of policy.credentials) if (credential.origin === url.origin) Object.assign(headers, credential.headers);
  if (given && url.origin === new URL(root).origin) Object.assign(headers, given);
  return headers;
}
