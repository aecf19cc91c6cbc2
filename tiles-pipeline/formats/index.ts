import type { Format } from './format.ts';
import { geojson } from './geojson.ts';
import { geotiff } from './geotiff.ts';
import { gltf } from './gltf.ts';
import { ifc } from './ifc.ts';
import { ifcx } from './ifcx.ts';
import { inp } from './inp.ts';
import { landxml } from './landxml.ts';
import { obj } from './obj.ts';
import { pandasNet } from './pandas-net.ts';

/** Every input format, in the order they are asked. A new one is one line here. */
export const formats: readonly Format[] = [geotiff, ifcx, gltf, ifc, inp, landxml, pandasNet, obj, geojson];

/** The format of a file by its first bytes; what it is called decides nothing. */
export function sniffFormat(head: Uint8Array): Format | undefined {
  return formats.find((format) => format.sniff(head));
}
