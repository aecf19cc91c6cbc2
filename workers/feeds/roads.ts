import { openFlatGeobuf } from '../analyses/geometry/flatgeobuf.ts';
import type { Road } from '../models/road-network.ts';

/**
 * Roads of a companion (FlatGeobuf of lines, WGS 84); lines of a MultiLineString share the road's id.
 * @throws TwinError `bad-input` for bytes that are no sound FlatGeobuf
 */
export async function readRoads(bytes: ArrayBuffer): Promise<Road[]> {
  const whole = new Uint8Array(bytes);
  const file = await openFlatGeobuf('roads', async () => ({ bytes: whole, total: whole.length, partial: false }));
  const lines = await file.all();
  const [ids, classes] = ['id', 'class'].map((name) => lines.text(name));
  const [lanes, oneway, speed, bridge] = ['lanes', 'oneway', 'speed', 'bridge'].map((name) => lines.numbers(name));
  const roads: Road[] = [];
  for (let row = 0; row < lines.count; row++) {
    for (let line = lines.parts[lines.starts[row]]; line < lines.parts[lines.starts[row + 1]]; line++) {
      const coordinates: number[][] = [];
      for (let i = lines.rings[line]; i < lines.rings[line + 1]; i++) coordinates.push([lines.xy[2 * i], lines.xy[2 * i + 1]]);
      if (coordinates.length < 2) continue;
      roads.push({
        id: ids[row] || String(roads.length),
        coordinates,
        class: classes[row] || undefined,
        lanes: lanes[row] || undefined,
        oneway: oneway[row] === 1,
        speed: speed[row] || undefined,
        bridge: bridge[row] === 1,
      });
    }
  }
  return roads;
}
