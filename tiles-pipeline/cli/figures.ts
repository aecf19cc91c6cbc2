/** `5,438` */
export function n(value: number): string {
  return value.toLocaleString('en');
}

/** `812 B`, `12.3 kB`, `4.56 MB`, `1.20 GB` */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(2)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
