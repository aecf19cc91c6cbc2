/** Degrees: the western and northern edges of the picture, and the size of a cell. */
export interface Grid {
  west: number;
  north: number;
  cell: readonly [number, number];
  width: number;
  height: number;
}

/**
 * A GeoTIFF of float32 heights in EPSG:4326, one strip, not compressed: the plainest file that any GIS reads. Values count for cells' middles.
 * @source TIFF 6.0; OGC GeoTIFF 1.1 (OGC 19-008r4), keys 1024, 1025, 2048
 */
export function encodeGeoTiff(grid: Grid, heights: Float32Array): Uint8Array {
  const doubles = [[grid.cell[0], grid.cell[1], 0], [0, 0, 0, grid.west, grid.north, 0]];
  const keys = [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326];
  const entries: [tag: number, type: number, count: number, value: number | 'scale' | 'tie' | 'keys' | 'strip'][] = [
    [256, 4, 1, grid.width], [257, 4, 1, grid.height], [258, 3, 1, 32], [259, 3, 1, 1], [262, 3, 1, 1], [273, 4, 1, 'strip'], [277, 3, 1, 1],
    [278, 4, 1, grid.height], [279, 4, 1, heights.byteLength], [339, 3, 1, 3], [33550, 12, 3, 'scale'], [33922, 12, 6, 'tie'], [34735, 3, keys.length, 'keys'],
  ];
  const directory = 8;
  const scale = directory + 2 + 12 * entries.length + 4 + 2;
  const places = { scale, tie: scale + 24, keys: scale + 24 + 48, strip: scale + 24 + 48 + keys.length * 2 };
  const bytes = new Uint8Array(places.strip + heights.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, 42, true);
  view.setUint32(4, directory, true);
  view.setUint16(directory, entries.length, true);
  entries.forEach(([tag, type, count, value], i) => {
    const at = directory + 2 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    if (typeof value === 'string') view.setUint32(at + 8, places[value], true);
    else if (type === 3) view.setUint16(at + 8, value, true);
    else view.setUint32(at + 8, value, true);
  });
  doubles.flat().forEach((value, i) => view.setFloat64(places.scale + 8 * i, value, true));
  keys.forEach((value, i) => view.setUint16(places.keys + 2 * i, value, true));
  for (let i = 0; i < heights.length; i++) view.setFloat32(places.strip + 4 * i, heights[i], true);
  return bytes;
}
