import { expect, test } from 'vitest';
import { parseCrs } from './place.ts';

const proj = '+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +towgs84=1,2,3';

test.each([
  ['EPSG:4547', { file: null, value: 'EPSG:4547' }],
  ['4547', { file: null, value: 'EPSG:4547' }],
  ['a.shp@epsg:4547', { file: 'a.shp', value: 'EPSG:4547' }],
  ['a.shp@GCJ-02', { file: 'a.shp', value: 'GCJ-02' }],
  ['BD-09', { file: null, value: 'BD-09' }],
  [`b@c.shp@${proj}`, { file: 'b@c.shp', value: proj }],
])('--crs %s', (text, wanted) => expect(parseCrs(text)).toEqual(wanted));

test.each(['', 'a.shp@', 'a.shp@Beijing', 'WKT', '+proj=nonsense@x'])('--crs %s is refused in one sentence', (text) => {
  expect(() => parseCrs(text)).toThrow(/is no reference system: it is written \[FILE@\]EPSG:code.*GCJ-02/u);
});
