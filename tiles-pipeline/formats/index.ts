import { asciiGrid } from './ascii-grid.ts';
import { citygml } from './citygml.ts';
import { cityjson } from './cityjson.ts';
import { flatgeobuf } from './flatgeobuf.ts';
import type { Format } from './format.ts';
import { geojson } from './geojson.ts';
import { geopackage } from './geopackage.ts';
import { geotiff } from './geotiff.ts';
import { hgt } from './hgt.ts';
import { gltf } from './gltf.ts';
import { ifc } from './ifc.ts';
import { ifcx } from './ifcx.ts';
import { inp } from './inp.ts';
import { landxml } from './landxml.ts';
import { las } from './las.ts';
import { osmPbf, osmXml } from './osm.ts';
import { obj } from './obj.ts';
import { pandasNet } from './pandas-net.ts';
import { shapefile } from './shapefile.ts';
import { worldPicture } from './world-picture.ts';

/** Every input format, in the order they are asked; SRTM, which has no mark but its size, is the last. A new one is one line here. */
export const formats: readonly Format[] = [geotiff, ifcx, gltf, worldPicture, asciiGrid, ifc, shapefile, flatgeobuf, geopackage, osmPbf, osmXml, las, inp, citygml, landxml, cityjson, pandasNet, obj, geojson, hgt];

/** The format of a file by its first bytes and its size; what it is called decides nothing. */
export function sniffFormat(head: Uint8Array, size = head.length): Format | undefined {
  return formats.find((format) => format.sniff(head, size));
}
