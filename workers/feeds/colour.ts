import type { FeedWish } from '../../engine/ports.ts';
import type { History } from './history.ts';

/** '#rrggbb' or '#rrggbbaa' → the four bytes r, g, b, a as one little-endian number. Anything else: mid grey. */
export function packColour(colour: string): number {
  const hex = /^#([0-9a-f]{6})([0-9a-f]{2})?$/iu.exec(colour);
  const rgb = hex ? parseInt(hex[1], 16) : 0x808080;
  const alpha = hex?.[2] === undefined ? 255 : parseInt(hex[2], 16);
  return (((rgb >> 16) & 255) | (rgb & 0xff00) | ((rgb & 255) << 16) | (alpha << 24)) >>> 0;
}

/** Colour of a record as a wish asks for it; a record without the value is grey. */
export function colourRule(colour: FeedWish['colour'], history: History): (record: number) => number {
  if (typeof colour === 'string') {
    const fixed = packColour(colour);
    return () => fixed;
  }
  const { key, classes } = colour;
  const packed = classes.colours.map(packColour);
  const none = packColour('#8a8f98');
  return (record) => {
    const value = history.value(record, key);
    if (Number.isNaN(value)) return none;
    let at = 0;
    while (at < classes.limits.length && (classes.inclusive ? value > classes.limits[at] : value >= classes.limits[at])) at++;
    return packed[Math.min(at, packed.length - 1)] ?? none;
  };
}
