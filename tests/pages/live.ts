import { createTwin, traffic, type CityTwin } from 'citymirror';
import { placer } from '#geo';

const AT = [117.49, 30.66] as const;
/** A view over some blocks, as one works in; all points are computed in it, those in sight are painted. */
const POSE = { lon: AT[0], lat: AT[1] - 0.008, height: 500, heading: 0, pitch: -35, roll: 0 };

let frames = 0;
const took: number[] = [];
let twin: CityTwin;

/** Draws every frame, whether anything changed or not, so that two runs differ by the points alone. */
function force(): void {
  twin.backend.requestFrame();
  requestAnimationFrame(force);
}

async function start(backend: 'three' | 'cesium'): Promise<void> {
  twin = await createTwin(document.querySelector<HTMLElement>('#map')!, { backend, at: AT, economy: true });
  await twin.backend.look(POSE);
  const { backend: drawn } = twin;
  const frame = drawn.frame.bind(drawn);
  drawn.frame = (time) => {
    const begun = performance.now();
    const drew = frame(time);
    if (!drew) return false;
    frames++;
    took.push(performance.now() - begun);
    return true;
  };
  force();
}

/** A million vehicles of a packed feed, by the layer anybody would add. */
function feed(url: string, city: string, capacity: number): void {
  twin.add(traffic({ url: city, capacity, lag: 2, feed: { transport: 'websocket', url, decode: 'points', staleAfter: 3600 } }), 'live');
}

interface CesiumCollection {
  add(options: object): { position: object };
  get(index: number): { position: object };
}

/** Cesium's own way: one object a point, moved one by one. */
async function collection(count: number): Promise<void> {
  const { PointPrimitiveCollection, Cartesian3, Color } = await import('@cesium/engine') as unknown as {
    PointPrimitiveCollection: new () => CesiumCollection; Cartesian3: new (x: number, y: number, z: number) => { x: number; y: number; z: number }; Color: { RED: object };
  };
  const points = new PointPrimitiveCollection();
  const { native } = twin.backend as unknown as { native: { primitives: { add(item: object): void } } };
  const local = placer({ lon: AT[0], lat: AT[1], height: 0 });
  const ecef = (east: number, north: number): { x: number; y: number; z: number } => {
    const [lon, lat] = local.unplace(east, north, 5, new Float64Array(3));
    const cos = Math.cos((lat * Math.PI) / 180) * 6_383_000;
    return new Cartesian3(cos * Math.cos((lon * Math.PI) / 180), cos * Math.sin((lon * Math.PI) / 180), Math.sin((lat * Math.PI) / 180) * 6_362_000);
  };
  const places = Array.from({ length: count }, (_, i) => ecef((i % 316) * 30 - 4700, Math.floor(i / 316) * 30 - 4700));
  for (const position of places) points.add({ position, pixelSize: 3, color: Color.RED });
  native.primitives.add(points);
  const scratch = new Cartesian3(0, 0, 0);
  const { backend } = twin;
  const frame = backend.frame.bind(backend);
  let step = 0;
  backend.frame = (time) => {
    step++;
    for (let i = 0; i < count; i++) {
      const place = places[i];
      scratch.x = place.x + Math.sin(step / 50) * 20;
      scratch.y = place.y;
      scratch.z = place.z;
      points.get(i).position = scratch;
    }
    return frame(time);
  };
}

Object.assign(window, {
  ready: true, start, feed, collection,
  counted: () => frames,
  /** Mean milliseconds of script in the frames since it was last asked; the slowest fifth, in which the thread was taken away, left out. */
  frameScript: () => {
    const kept = took.splice(0).toSorted((a, b) => a - b);
    kept.length = Math.max(1, Math.ceil(kept.length * 0.8));
    return kept.reduce((sum, value) => sum + value, 0) / kept.length;
  },
  twin: () => twin,
});
