import { citygml } from './citygml.ts';
import { cityjson } from './cityjson.ts';
import type { Format } from './format.ts';
import { flatgeobuf } from './flatgeobuf.ts';
import { geojson } from './geojson.ts';
import { geopackage } from './geopackage.ts';
import { geotiff } from './geotiff.ts';
import { ifc } from './ifc.ts';
import { inp } from './inp.ts';
import { landxml } from './landxml.ts';
import { osmPbf, osmXml } from './osm.ts';
import { pandasNet } from './pandas-net.ts';
import { shapefile } from './shapefile.ts';

/** Every input format, in the order they are asked. A new one is one line here. */
export const formats: readonly Format[] = [geotiff, ifc, shapefile, flatgeobuf, geopackage, osmPbf, osmXml, inp, landxml, citygml, cityjson, pandasNet, geojson];

/** The format of a file by its first bytes; what it is called decides nothing. */
export function sniffFormat(head: Uint8Array): Format | undefined {
  return formats.find((format) => format.sniff(head));
}
