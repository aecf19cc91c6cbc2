import { createHash } from 'node:crypto';

/** Names that Windows keeps for devices, with any ending. @source Microsoft, "Naming Files, Paths, and Namespaces" */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/u;
const PLAIN = /^[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_-])?$/u;
const LONGEST = 40;

/**
 * One path segment for a name that comes from data, safe on any file system, in an archive, as an object's key and in a URL.
 * A short name of a–z, 0–9, `_`, `-` and inner dots stays as it is; any other becomes what of it is legible and a `~` with twelve
 * digits of its SHA-256, so that different names stay different where upper and lower case are one.
 */
export function pathName(name: string): string {
  if (PLAIN.test(name) && !DEVICE.test(name)) return name;
  // UTF-16 and not UTF-8: halves of surrogate pairs would all become one.
  const digest = createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex').slice(0, 12);
  const legible = name.slice(0, 4 * LONGEST).replaceAll(/[^A-Za-z0-9_-]+/gu, '_').slice(0, LONGEST);
  return `${DEVICE.test(legible.toLowerCase()) ? '_' : ''}${legible}~${digest}`;
}
