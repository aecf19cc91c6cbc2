import { placer } from '#geo';
import { roadNetwork, type Road, type RoadNetwork } from '../../models/road-network.ts';
import { seeded } from './driver.ts';

/** A town: a grid with bent streets, a wide avenue, a oneway pair and a diagonal. */
export function town(): RoadNetwork {
  const anchor = { lon: 117.49, lat: 30.66, height: 20 };
  const ground = placer({ ...anchor, height: 0 });
  const degrees = (x: number, y: number): number[] => [...ground.unplace(x, y, 0, new Float64Array(3)).subarray(0, 2)];
  const random = seeded(5);
  const size = 7;
  const nodes = Array.from({ length: size * size }, (_, i) => [(i % size) * 170 - 500 + random() * 50, Math.floor(i / size) * 150 - 450 + random() * 50]);
  const roads: Road[] = [];
  const add = (a: number, b: number, more: Partial<Road>): void => {
    const [[ax, ay], [bx, by]] = [nodes[a], nodes[b]];
    const bend = (random() - 0.5) * 30;
    const length = Math.hypot(bx - ax, by - ay);
    const points = Array.from({ length: 9 }, (_, k) => {
      const t = k / 8;
      const side = bend * Math.sin(Math.PI * t);
      return degrees(ax + (bx - ax) * t - ((by - ay) / length) * side, ay + (by - ay) * t + ((bx - ax) / length) * side);
    });
    points[0] = degrees(ax, ay);
    points[8] = degrees(bx, by);
    roads.push({ id: `r${roads.length}`, coordinates: points, ...more });
  };
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const at = row * size + column;
      if (column + 1 < size) add(at, at + 1, row === 3 ? { class: 'primary', lanes: 6 } : row === 1 ? { class: 'secondary', lanes: 2, oneway: true } : { class: 'tertiary', lanes: 2 });
      if (row + 1 < size) add(at, at + size, { class: 'secondary', lanes: column === 2 ? 4 : 2 });
      if (row + 1 < size && column + 1 < size && row === column) add(at, at + size + 1, { class: 'residential', lanes: 2 });
    }
  return roadNetwork(roads, anchor);
}
