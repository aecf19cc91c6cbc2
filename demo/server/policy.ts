/**
 * The policy on every page: scripts, workers and styles are files of this server, nothing is evaluated, nobody else is asked.
 * `wasm-unsafe-eval` lets the mesh decoder start; `ws:` is the broker on the same host.
 */
const contentPolicy = (allow: readonly string[]): string => [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "style-src 'self'", ["connect-src 'self' ws: wss:", ...allow].join(' '),
  "img-src 'self' data: blob:", "font-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'",
].join('; ');

/** What is sent with every answer. @param allow further origins that the pages may ask, as `--allow` names them */
export const policyHeaders = (allow: readonly string[] = []): Record<string, string> => ({
  'Content-Security-Policy': contentPolicy(allow),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
});
