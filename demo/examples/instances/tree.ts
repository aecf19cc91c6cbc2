import type { InstanceModel } from 'citymirror';

const SIDES = 7;

/** A conifer some 9 m high as triangles with a colour a vertex: a trunk and three cones. A GLB of your own does as well (see instances.ts). */
export function tree(): InstanceModel {
  const places: number[] = [];
  const indices: number[] = [];
  const colours: number[] = [];
  const cone = (bottom: number, top: number, radius: number, colour: readonly [number, number, number]): void => {
    const first = places.length / 3;
    for (let i = 0; i < SIDES; i++) {
      const turn = (i / SIDES) * 2 * Math.PI;
      places.push(radius * Math.sin(turn), radius * Math.cos(turn), bottom);
      colours.push(...colour.map((channel) => Math.round(channel * 0.82)), 255);
      indices.push(first + i, first + ((i + 1) % SIDES), first + SIDES);
    }
    places.push(0, 0, top);
    colours.push(...colour, 255);
  };
  cone(0, 4, 0.45, [112, 84, 62]);
  cone(1.4, 5, 2.3, [74, 112, 70]);
  cone(3.2, 7, 1.8, [82, 122, 76]);
  cone(5.2, 9, 1.2, [92, 134, 84]);
  return { places: Float32Array.from(places), indices: Uint32Array.from(indices), colours: Uint8Array.from(colours) };
}
