import { describe, expect, test } from 'vitest';
import { belongsTo, mainFilesOf } from './belongs.ts';

describe('files that are read with another', () => {
  const cases: [name: string, others: string[], main: string | undefined][] = [
    ['d/a.dbf', ['d/a.shp'], 'd/a.shp'],
    ['d/A.DBF', ['d/a.shp'], 'd/a.shp'],
    ['d/a.shx', ['d/b.shp'], undefined],
    ['d/a.prj', ['e/a.shp'], undefined],
    ['d/a.cpg', [], undefined],
    ['d/a.qix', ['d/a.shp'], 'd/a.shp'],
    ['d/a.shp.xml', ['d/a.shp'], 'd/a.shp'],
    ['d/a.sbn', ['d/a.shp'], 'd/a.shp'],
    ['d/ortho.tfw', ['d/ortho.tif'], 'd/ortho.tif'],
    ['d/ortho.jgw', ['d/ortho.jpg'], 'd/ortho.jpg'],
    ['d/ortho.tif.aux.xml', ['d/ortho.tif'], 'd/ortho.tif'],
    ['d/ortho.aux.xml', ['d/ortho.tif'], 'd/ortho.tif'],
    ['d/ortho.tif.ovr', ['d/ortho.tif'], 'd/ortho.tif'],
    ['d/house.mtl', ['d/house.obj'], 'd/house.obj'],
    ['d/paint.mtl', ['d/house.obj'], 'd/house.obj'],
    ['d/tex/wall.jpg', ['d/city.gml'], 'd/city.gml'],
    ['d/wall.jpg', ['d/tex/city.gml'], undefined],
    ['d/model.bin', ['d/model.gltf'], 'd/model.gltf'],
    ['d/a.gpkg-wal', ['d/a.gpkg'], 'd/a.gpkg'],
    ['d/city.xml', ['d/other.shp'], undefined],
    ['d/a.shp', ['d/a.dbf'], undefined],
    ['d/a.geojson', ['d/a.shp'], undefined],
  ];
  test.each(cases)('%s among %j', (name, others, main) => expect(mainFilesOf([name, ...others]).get(name)).toBe(main));

  test('by the name alone', () => {
    expect(belongsTo('x/roads.DBF')).toEqual(['.shp']);
    expect(belongsTo('x/roads.shp')).toBeUndefined();
    expect(belongsTo('x/city.gml')).toBeUndefined();
  });
});
