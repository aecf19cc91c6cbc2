import { createRequire } from 'node:module';
import type { Database, SqlValue } from 'sql.js';
import type { FeatureTable, Format, ReadContext, Source, SourceFeature } from './format.ts';
import { readGeoPackageGeometry } from './geopackage/wkb.ts';
import { Placing } from './placing.ts';
import { projector } from '../projection/projector.ts';

const BATCH = 4096;
/** The library holds the whole file in its memory, which ends at 2 GiB. */
const LARGEST = 1 << 30;
/** Bytes 68–71 of a database that says it is a GeoPackage: GPKG, GP10, GP11; older ones say nothing. */
const APPLICATIONS = new Set([0x4750_4b47, 0x4750_3130, 0x4750_3131, 0]);

/**
 * GeoPackage: every table of features, by sql.js (SQLite in WebAssembly), which is loaded only here. Only tables are asked, never views, triggers or generated columns:
 * a query in the file is code that could run for ever. @source OGC 12-128r19
 */
export const geopackage = {
  id: 'geopackage',
  title: 'GeoPackage',
  extensions: ['gpkg'],
  sniff(head: Uint8Array): boolean {
    if (head.length < 100 || new TextDecoder('latin1').decode(head.subarray(0, 16)) !== 'SQLite format 3\0') return false;
    return APPLICATIONS.has(new DataView(head.buffer, head.byteOffset, head.length).getUint32(68));
  },
  read,
  apart: true,
} as const satisfies Format;

/** A table of features and how its places are meant. */
interface Layer {
  readonly table: string;
  readonly geometry: string;
  readonly key: string | undefined;
  readonly columns: readonly string[];
  readonly crs: string | undefined;
}

async function* read(source: Source, context: ReadContext): AsyncGenerator<FeatureTable> {
  const { name } = source;
  const refuse = (code: string, what: string): void => void context.issues.push({ code, severity: 'error', path: name, message: `${name}: ${what}` });
  if (source.size > LARGEST) return refuse('too-large', `it has ${Math.round(source.size / 2 ** 20)} MiB, and a GeoPackage is read as a whole: 1,024 MiB at most. Convert it first: ogr2ogr -t_srs EPSG:4326 out.fgb ${name.split('/').pop()}`);
  const log = await source.beside('.gpkg-wal');
  if (log && log.size > 0) context.issues.push({ code: 'unwritten-changes', severity: 'warning', path: name, message: `${name}: changes wait in the -wal file beside it and were not read. Close the program that has it open, or run: sqlite3 ${name.split('/').pop()} "pragma wal_checkpoint(truncate)"` });
  const bytes = await source.bytes();
  context.signal?.throwIfAborted();
  const database = await openDatabase(bytes);
  try {
    const layers = layersOf(database, context, name);
    let read = 0;
    for (const layer of layers) {
      for (const features of rowsOf(database, layer, layers.length > 1, context, name)) {
        context.signal?.throwIfAborted();
        read += features.length;
        yield { kind: 'features', features, read: Math.round(source.size * (1 - 1 / (1 + read / 1e5))) };
      }
    }
    if (layers.length > 0 && read === 0 && !context.issues.some(({ path, severity }) => path === name && severity === 'error')) context.issues.push({ code: 'no-features', severity: 'warning', path: name, message: `${name}: its tables of features are empty: nothing to read.` });
  } catch (cause) {
    context.signal?.throwIfAborted();
    refuse('broken-database', `the database is damaged (${cause instanceof Error ? cause.message : String(cause)}). What was read before was used; mend it with: sqlite3 broken.gpkg ".recover" | sqlite3 whole.gpkg`);
  } finally {
    database.close();
  }
}

/** A database in memory. The library cannot open one whose header says that it keeps a log of changes beside it: that is put right in the copy. */
async function openDatabase(bytes: Uint8Array): Promise<Database> {
  const { default: start } = await import('sql.js');
  const library = await start({ locateFile: (file) => createRequire(import.meta.url).resolve(`sql.js/dist/${file}`) });
  if (bytes[18] === 2) bytes.fill(1, 18, 20);
  const database = new library.Database(bytes);
  database.run('pragma trusted_schema = off');
  return database;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function* query(database: Database, sql: string, values: readonly SqlValue[] = []): Generator<Record<string, SqlValue>> {
  const statement = database.prepare(sql, [...values]);
  try {
    while (statement.step()) yield statement.getAsObject();
  } finally {
    statement.free();
  }
}

function isTable(database: Database, table: string): boolean {
  return [...query(database, "select 1 from sqlite_master where type = 'table' and name = ? and sql not like 'create virtual%'", [table])].length > 0;
}

function layersOf(database: Database, { issues }: ReadContext, name: string): Layer[] {
  const say = (code: string, severity: 'error' | 'warning' | 'info', what: string): void => void issues.push({ code, severity, path: name, message: `${name}: ${what}` });
  if (!isTable(database, 'gpkg_contents') || !isTable(database, 'gpkg_geometry_columns')) {
    say('no-geopackage', 'error', 'this is a SQLite database but no GeoPackage with features: it has no table gpkg_contents or gpkg_geometry_columns. Export a GeoPackage with vector layers.');
    return [];
  }
  const others = [...query(database, "select table_name, data_type from gpkg_contents where data_type not in ('features', 'attributes')")].map(({ table_name: table, data_type: type }) => `${String(table)} (${String(type)})`);
  if (others.length > 0) say('other-layers', 'info', `only tables of features are read, not ${others.slice(0, 5).join(', ')}.`);
  const layers: Layer[] = [];
  const found = [...query(database, "select g.table_name as name, g.column_name as geometry, g.srs_id as srs from gpkg_geometry_columns g join gpkg_contents c on c.table_name = g.table_name where c.data_type = 'features' order by g.table_name limit 1000")];
  for (const { name: table, geometry, srs } of found) {
    if (typeof table !== 'string' || typeof geometry !== 'string') continue;
    if (!isTable(database, table)) {
      say('no-table', 'warning', `its layer ${table} is a view or missing; only tables are read. Export the layer as one.`);
      continue;
    }
    const columns = [...query(database, 'select name, pk, hidden from pragma_table_xinfo(?)', [table])].filter(({ hidden }) => hidden === 0);
    if (!columns.some((column) => column.name === geometry)) say('no-table', 'warning', `its layer ${table} has no column ${geometry}; it was left out.`);
    else layers.push({ table, geometry, key: columns.find(({ pk }) => pk === 1)?.name as string | undefined, columns: columns.map((column) => String(column.name)), crs: systemOf(database, srs) });
  }
  if (found.length === 0) say('no-features', 'warning', 'there is no table of features in it: nothing to read.');
  return layers;
}

/** How the file names a layer's system: its EPSG code where that is known here, else its text. Ids −1 and 0 mean that nobody knows. */
function systemOf(database: Database, srs: SqlValue): string | undefined {
  if (typeof srs !== 'number' || srs <= 0) return undefined;
  const [row] = isTable(database, 'gpkg_spatial_ref_sys') ? query(database, 'select * from gpkg_spatial_ref_sys where srs_id = ?', [srs]) : [];
  const code = `${String(row?.organization ?? 'EPSG')}:${String(row?.organization_coordsys_id ?? srs)}`;
  if (projector(code)) return code;
  const texts = [row?.definition_12_063, row?.definition].filter((text): text is string => typeof text === 'string' && text.includes('['));
  return texts.find((text) => projector(text)) ?? texts[0] ?? code;
}

/** The features of one layer, in the order of their keys, so that the same file gives the same order. */
function* rowsOf(database: Database, layer: Layer, several: boolean, context: ReadContext, name: string): Generator<SourceFeature[]> {
  const placing = new Placing(several ? `${name}, ${layer.table}` : name, context, layer.crs);
  const attributes = layer.columns.filter((column) => column !== layer.geometry);
  const lost: Record<string, number> = {};
  const statement = database.prepare(`select ${[layer.geometry, ...attributes].map(quoted).join(', ')} from ${quoted(layer.table)}${layer.key ? ` order by ${quoted(layer.key)}` : ''}`);
  let batch: SourceFeature[] = [];
  let row = 0;
  try {
    while (statement.step()) {
      row++;
      const [blob, ...values] = statement.get();
      const geometry = blob instanceof Uint8Array ? readGeoPackageGeometry(blob) : null;
      if (typeof geometry === 'string') {
        lost[geometry] = (lost[geometry] ?? 0) + 1;
        context.skip(geometry);
        continue;
      }
      const properties = Object.fromEntries(attributes.map((column, k) => [column, plain(values[k])]));
      const own = several && !('layer' in properties) ? { ...properties, layer: layer.table } : properties;
      const key = several && layer.key !== undefined && properties.id === undefined ? `${layer.table}.${String(properties[layer.key])}` : undefined;
      if (batch.push({ geometry, properties: own, id: key }) < BATCH) continue;
      if (!placing.place(batch)) return;
      yield batch;
      batch = [];
    }
  } finally {
    statement.free();
    for (const [reason, count] of Object.entries(lost)) context.issues.push({ code: 'unread-geometry', severity: reason === 'broken geometry' ? 'error' : 'warning', path: name, count, message: `${name}, layer ${layer.table}: ${count} ${count === 1 ? `feature has a ${reason}` : `features have a ${reason}`}; left out. Convert it first: ogr2ogr -nlt CONVERT_TO_LINEAR out.gpkg in.gpkg` });
  }
  if (batch.length > 0 && placing.place(batch)) yield batch;
}

/** Blobs are no attribute anybody could read. */
function plain(value: SqlValue): string | number | null {
  return value instanceof Uint8Array ? null : value;
}
