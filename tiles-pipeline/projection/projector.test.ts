import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { doubtOf } from './doubt.ts';
import { projector, toDegrees } from './projector.ts';
import cases from './proj-cases.json' with { type: 'json' };

/** Metres between two places in degrees. */
const apart = ([lon, lat]: readonly number[], [lon2, lat2]: readonly number[]): number => Math.hypot((lon - lon2) * Math.cos((lat * Math.PI) / 180), lat - lat2) * 111_320;

test.each(cases.cases)('EPSG:%i: %d, %d', (code, x, y, lon, lat) => {
  const system = projector(`EPSG:${code}`)!;
  expect(apart(system.toDegrees(x, y), [lon, lat])).toBeLessThan(1e-3);
  const pairs = new Float64Array([x, y, 5, x, y, 6]);
  system.forwardInto(pairs, 2, 3);
  expect([...pairs]).toEqual([...system.toDegrees(x, y), 5, ...system.toDegrees(x, y), 6]);
  system.inverseInto(pairs, 2, 3);
  expect(doubtOf('a.shp', [x, y], system)).toBeUndefined();
  // There and back through two datums a height is lost on the way: millimetres.
  expect(Math.hypot(pairs[0] - x, pairs[1] - y)).toBeLessThan(0.01);
});

describe('one system by its many names', () => {
  const at4547: [number, number] = [500_000, 3_320_113.398];
  const gk = 'PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]';
  const wkt2 = 'PROJCRS["a name of its own",BASEGEOGCRS["China Geodetic Coordinate System 2000",DATUM["China 2000",ELLIPSOID["CGCS2000",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]]],CONVERSION["a ""quoted"" one",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Longitude of natural origin",114,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Scale factor at natural origin",1,SCALEUNIT["unity",1]],PARAMETER["False easting",500,LENGTHUNIT["kilometre",1000]],PARAMETER["False northing",0,LENGTHUNIT["metre",1]]],CS[Cartesian,2],AXIS["northing (X)",north,ORDER[1],LENGTHUNIT["metre",1]],AXIS["easting (Y)",east,ORDER[2],LENGTHUNIT["metre",1]]]';
  const names = [
    'EPSG:4547', 'epsg:4547', 'EPSG::4547', '4547', 'urn:ogc:def:crs:EPSG::4547', 'urn:ogc:def:crs:EPSG:9.9.1:4547', 'urn:x-ogc:def:crs:EPSG:4547', 'http://www.opengis.net/def/crs/EPSG/0/4547', 'https://www.opengis.net/def/crs/EPSG/9.9.1/4547',
    'http://www.opengis.net/gml/srs/epsg.xml#4547', 'EPSG:4547+5737', 'urn:ogc:def:crs,crs:EPSG::4547,crs:EPSG::5737', 'http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/4547&2=http://www.opengis.net/def/crs/EPSG/0/5737',
    '+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs +type=crs', '+proj=tmerc +axis=neu +lon_0=114 +x_0=500000 +ellps=GRS80', 'proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80', '+init=epsg:4547', 'CGCS2000 / 3-degree Gauss-Kruger CM 114E', 'CGCS2000_3_Degree_GK_CM_114E',
    gk, `\uFEFF${gk}\n`, gk.replaceAll('[', '(').replaceAll(']', ')'), wkt2, `COMPD_CS["with heights",${gk},VERT_CS["1985",VERT_DATUM["Huang Hai",2005],UNIT["metre",1]]]`, `BOUNDCRS[SOURCECRS[${wkt2}],TARGETCRS[GEOGCRS["WGS 84"]]]`,
  ];
  test.each(names)('%s', (name) => {
    expect(apart(toDegrees(name)!(...at4547), [114, 30])).toBeLessThan(1e-3);
  });

  test('degrees', () => {
    const wgs84 = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';
    for (const name of ['CRS84', 'OGC:CRS84', 'urn:ogc:def:crs:OGC:1.3:CRS84', 'http://www.opengis.net/def/crs/OGC/1.3/CRS84', 'WGS84', 'WGS 84', 'EPSG:4490', '+proj=longlat +datum=WGS84 +no_defs', wgs84, wgs84.replace('PRIMEM', 'TOWGS84[0,0,0,0,0,0,0],PRIMEM')])
      expect([name, projector(name)?.identity]).toEqual([name, true]);
  });

  test('compound and national names', () => {
    expect(projector('urn:ogc:def:crs,crs:EPSG:6.12:3068,crs:EPSG:6.12:5783')?.label).toBe('EPSG:3068');
    expect(projector('urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH')?.label).toBe('EPSG:25832');
    expect(projector('urn:adv:crs:DE_DHDN_3GK3*DE_DHHN92_NH')?.label).toBe('EPSG:31467');
    expect(projector('http://www.opengis.net/def/crs/EPSG/0/6697')?.identity).toBe(true);
  });

  test('DHDN by its text alone is shifted as by its code', () => {
    const esri = 'PROJCS["DHDN_3_Degree_Gauss_Zone_3",GEOGCS["GCS_Deutsches_Hauptdreiecksnetz",DATUM["D_Deutsches_Hauptdreiecksnetz",SPHEROID["Bessel_1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",3500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",9.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]';
    expect(apart(toDegrees(esri)!(3_500_000, 5_400_000), toDegrees('EPSG:31467')!(3_500_000, 5_400_000))).toBeLessThan(1e-3);
  });
});

describe('what is no system', () => {
  const none = ['', 'EPSG:9999', 'ESRI:102012', 'somewhere', 'LOCAL_CS["site",UNIT["metre",1]]', 'VERT_CS["x",VERT_DATUM["y",2005]]', 'GEOCCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]]]', 'PROJCS["x",GEOGCS["y",DATUM["z",SPHEROID["s",1,2]]]]', 'PROJCS["cut",GEOGCS["', `${'A['.repeat(100_000)}`, '+proj=nothing', '+proj=tmerc +nadgrids=/etc/passwd', '+proj=longlat +ellps=bessel +nadgrids=@http://host/grid', 'x'.repeat(1e6)];
  test.each(none.map((name) => [name.slice(0, 60), name]))('%s', (_, name) => {
    expect(projector(name)).toBeUndefined();
  });

  it('holds against any text, cut or mutated', () => {
    const base = 'PROJCS["a",GEOGCS["b",DATUM["c",SPHEROID["d",6378137,298.25]],PRIMEM["e",0],UNIT["f",0.017]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",5e5],UNIT["Meter",1]]';
    fc.assert(fc.property(fc.oneof(fc.string(), fc.tuple(fc.nat(base.length), fc.nat(base.length), fc.string({ maxLength: 3 })).map(([from, to, text]) => base.slice(0, from) + text + base.slice(to))), (text) => {
      const made = projector(text)?.toDegrees(5e5, 3e6);
      expect(made === undefined || made.length === 2).toBe(true);
    }), { numRuns: 400 });
  });

  it('throws at no number, and gives NaN for it', () => {
    for (const crs of ['EPSG:4547', 'EPSG:28992', 'EPSG:5514', 'GCJ-02']) expect(toDegrees(crs)!(Number.NaN, 1)[0]).toBeNaN();
    expect(toDegrees('EPSG:4547')!(1e300, 1)[0]).toBeNaN();
  });
});

test('systems whose datum is loose say so; with parameters of the city they do not', () => {
  expect(projector('EPSG:2383')?.notice).toMatch(/EPSG:2383 is on the datum Xi'an 1980.*tens of metres.*\+towgs84/);
  expect(projector('EPSG:2435')?.notice).toMatch(/Beijing 1954/);
  expect(projector('PROJCS["Xian_1980_3_Degree_GK_CM_114E",GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["Central_Meridian",114.0],UNIT["Meter",1.0]]')?.notice).toMatch(/Xian 1980/);
  for (const exact of ['EPSG:4547', '+proj=tmerc +lon_0=114 +x_0=500000 +ellps=IAU76 +towgs84=1,2,3', 'EPSG:31467']) expect(projector(exact)?.notice).toBeUndefined();
});

test('GCJ-02 and BD-09 are systems to read from', () => {
  expect(apart(toDegrees('GCJ-02')!(116.39754118, 39.90890128), [116.3913, 39.9075])).toBeLessThan(0.01);
  expect(apart(toDegrees('BD-09')!(116.40391394, 39.91524466), [116.3913, 39.9075])).toBeLessThan(0.01);
});

describe('places that cannot be meant', () => {
  const faults: [name: string, crs: string, places: number[], code: string, says: RegExp][] = [
    ['latitude before longitude', 'EPSG:4326', [31.82, 117.22, 31.83, 117.23], 'swapped-axes', /31\.82, 117\.22.*no latitude 117\.22/],
    ['metres of a numbered zone in a file of degrees', 'EPSG:4490', [39_521_510.56, 3_521_982.1], 'metres-as-degrees', /39521510\.56, 3521982\.1.*zone.*EPSG:4527/],
    ['metres in a file of degrees', 'EPSG:4326', [521_510.56, 3_521_982.1], 'metres-as-degrees', /521510\.56/],
    ['degrees in a file of metres', 'EPSG:4548', [117.2, 31.8, 117.3, 31.9], 'degrees-as-metres', /117\.2, 31\.8 look like degrees/],
    ['northing before easting', 'EPSG:4548', [3_521_982.1, 521_510.56], 'wrong-crs', /changed over it lies at 117\.2272°, 31\.8206°/],
    ['a zone number where there should be none', 'EPSG:4548', [39_521_510.56, 3_521_982.1], 'wrong-crs', /with the zone's number: as EPSG:4527 it lies at 117\.2272°, 31\.8206°/],
    ['no zone number where there should be one', 'EPSG:4527', [521_510.56, 3_521_982.1], 'wrong-crs', /without the zone's number: as EPSG:4548/],
    ['places off the earth', 'EPSG:28992', [1e12, 1e12], 'wrong-crs', /EPSG:28992/],
    ['no numbers', 'EPSG:4548', [Number.NaN, 5], 'wrong-crs', /nowhere/],
  ];
  test.each(faults)('%s', (_, crs, places, code, says) => {
    const issue = doubtOf('a.shp', places, projector(crs)!);
    expect(issue?.code).toBe(code);
    expect(issue?.message).toMatch(/^a\.shp: /);
    expect(issue?.message).toMatch(says);
  });

  test.each([['EPSG:4326', [117.2, 31.8]], ['EPSG:4548', [521_510.56, 3_521_982.1]], ['EPSG:4527', [39_521_510.56, 3_521_982.1]], ['EPSG:4610', [117.2, 31.8]], ['GCJ-02', [117.2, 31.8]], ['EPSG:28992', [121_000, 487_000]], ['EPSG:4548', []]] as const)('nothing is said of %s %j', (crs, places) => {
    expect(doubtOf('a.shp', places, projector(crs)!)).toBeUndefined();
  });
});

describeShared('zones against published cases', () => {
  const { cases: zones } = JSON.parse(readFileSync(shared('domain/gk-zone-cases.json'), 'utf8')) as { cases: { lon: number; cm3: number; cm6: number; zone3: number; zone6: number; epsg3_zoned: number; epsg3_cm: number; epsg6_zoned: number; epsg6_cm: number }[] };
  test.each(zones.map((each) => [each.lon, each] as const))('%d°', (_, each) => {
    const meridians = [each.epsg3_zoned, each.epsg3_cm, each.epsg6_zoned, each.epsg6_cm].map((code) => projector(`EPSG:${code}`)!.fromDegrees);
    expect(meridians.map((way, i) => way(i < 2 ? each.cm3 : each.cm6, 0)[0])).toEqual([each.zone3 * 1e6 + 5e5, 5e5, each.zone6 * 1e6 + 5e5, 5e5].map((x) => expect.closeTo(x, 6)));
  });

  test('the CGCS2000 cases by their codes', () => {
    const { cases: vectors } = JSON.parse(readFileSync(shared('domain/cgcs2000-gk-cases.json'), 'utf8')) as { cases: { lonlat: [number, number]; projected: Record<string, { easting: number; northing: number }> }[] };
    for (const { lonlat, projected } of vectors)
      for (const [code, { easting, northing }] of Object.entries(projected)) expect([code, apart(toDegrees(code)!(easting, northing), lonlat) < 1e-3]).toEqual([code, true]);
  });
});
