import type { Geometry } from 'geojson';
import initSqlJs from 'sql.js';

const types = ['Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon', 'GeometryCollection'];
const members: Readonly<Record<string, string>> = { MultiPoint: 'Point', MultiLineString: 'LineString', MultiPolygon: 'Polygon' };

/** Well-known binary of a geometry; the heights of its positions are written where the first has one. */
export function wkbOf(geometry: Geometry, little = true): Buffer {
  const flat = geometry.type === 'GeometryCollection' ? [] : (geometry.coordinates as unknown[]).flat(3);
  const first = geometry.type === 'Point' ? geometry.coordinates : geometry.type === 'GeometryCollection' ? [] : ((geometry.coordinates as unknown[][]).flat(geometry.type === 'MultiPolygon' ? 2 : geometry.type === 'Polygon' || geometry.type === 'MultiLineString' ? 1 : 0)[0] as number[]);
  const width = Math.max(2, first?.length ?? 2);
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const doubles = (values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(8 * values.length);
    for (const [k, value] of values.entries()) bytes[little ? 'writeDoubleLE' : 'writeDoubleBE'](value, 8 * k);
    return bytes;
  };
  const line = (positions: readonly number[][]): Buffer => Buffer.concat([int(positions.length), ...positions.map(doubles)]);
  const head = Buffer.concat([Buffer.of(little ? 1 : 0), int(types.indexOf(geometry.type) + 1 + (width > 2 && flat.length > 0 ? 1000 : 0))]);
  if (geometry.type === 'Point') return Buffer.concat([head, doubles(geometry.coordinates)]);
  if (geometry.type === 'LineString') return Buffer.concat([head, line(geometry.coordinates)]);
  if (geometry.type === 'Polygon') return Buffer.concat([head, int(geometry.coordinates.length), ...geometry.coordinates.map(line)]);
  const parts = geometry.type === 'GeometryCollection' ? geometry.geometries : (geometry.coordinates as unknown[]).map((coordinates) => ({ type: members[geometry.type], coordinates }) as Geometry);
  return Buffer.concat([head, int(parts.length), ...parts.map((part) => wkbOf(part, little))]);
}

/** A GeoPackage blob: the header without an envelope, then the geometry. */
export function blobOf(wkb: Uint8Array, srs = 4326): Uint8Array {
  const head = Buffer.from([0x47, 0x50, 0, 1, 0, 0, 0, 0]);
  head.writeInt32LE(srs, 4);
  return Uint8Array.from(Buffer.concat([head, wkb]));
}

export interface GpkgLayer {
  readonly name: string;
  readonly srs?: number;
  readonly rows: readonly { readonly blob: Uint8Array | null; readonly name?: string }[];
}

/** A GeoPackage of some layers with the columns fid, geom and name. @param more SQL run at the end */
export async function geopackageOf(layers: readonly GpkgLayer[], more = ''): Promise<Uint8Array> {
  const database = new (await initSqlJs()).Database();
  database.run(`pragma application_id = ${0x47504b47};
    create table gpkg_spatial_ref_sys (srs_name text, srs_id integer primary key, organization text, organization_coordsys_id integer, definition text, description text);
    insert into gpkg_spatial_ref_sys values ('a', 4326, 'EPSG', 4326, 'GEOGCS[]', ''), ('b', 4547, 'EPSG', 4547, '', ''), ('c', 0, 'NONE', 0, 'undefined', ''),
      ('d', 100000, 'NONE', 100000, 'PROJCS["own",GEOGCS["x",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["central_meridian",114],PARAMETER["false_easting",500000],UNIT["metre",1]]', '');
    create table gpkg_contents (table_name text primary key, data_type text, identifier text, srs_id integer);
    create table gpkg_geometry_columns (table_name text, column_name text, geometry_type_name text, srs_id integer, z integer, m integer);`);
  for (const { name, srs = 4326, rows } of layers) {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    database.run(`create table ${quoted} (fid integer primary key, geom blob, name text)`);
    database.run("insert into gpkg_contents values (?, 'features', ?, ?)", [name, name, srs]);
    database.run("insert into gpkg_geometry_columns values (?, 'geom', 'GEOMETRY', ?, 0, 0)", [name, srs]);
    for (const row of rows) database.run(`insert into ${quoted} (geom, name) values (?, ?)`, [row.blob, row.name ?? null]);
  }
  if (more) database.run(more);
  const bytes = database.export();
  database.close();
  return bytes;
}
