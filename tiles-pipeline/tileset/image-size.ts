export type PictureKind = 'png' | 'jpeg' | 'webp';

export interface PictureSize {
  readonly kind: PictureKind;
  readonly width: number;
  readonly height: number;
}

/** What a picture's header declares, before anything is decoded; undefined where it is none of the three or is cut short. */
export function pictureSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47) return { kind: 'png', width: view.getUint32(16), height: view.getUint32(20) };
  if (bytes.length >= 4 && view.getUint16(0) === 0xffd8) return jpegSize(view);
  if (bytes.length >= 30 && view.getUint32(0) === 0x52494646 && view.getUint32(8) === 0x57454250) return webpSize(view);
  return undefined;
}

/** The first frame header. @source ITU-T T.81, B.2.2 */
function jpegSize(view: DataView): PictureSize | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) return { kind: 'jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    if (marker === 0xff) at++;
    else if (marker === 0xd8 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** @source RFC 9649, 2.5–2.7 */
function webpSize(view: DataView): PictureSize | undefined {
  const chunk = view.getUint32(12);
  if (chunk === 0x56503858) return { kind: 'webp', width: 1 + (view.getUint32(24, true) & 0xffffff), height: 1 + (view.getUint16(27, true) | (view.getUint8(29) << 16)) };
  if (chunk === 0x56503820) return { kind: 'webp', width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk !== 0x5650384c) return undefined;
  const bits = view.getUint32(21, true);
  return { kind: 'webp', width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}
