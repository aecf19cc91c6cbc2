import { createTwin, traffic, type CityTwin } from 'citymirror';
import { placer } from '#geo';

const AT = [117.49, 30.624] as const;
/** Over the streets that the generator drives on, as one looks along them: most of the picture is near enough for models. */
const POSE = { lon: AT[0], lat: AT[1] - 0.006, height: 300, heading: 0, pitch: -24, roll: 0 };

let frames = 0;
const took: number[] = [];
let twin: CityTwin;
/** Alpha of every model's slot, a list a batch. */
const shown: Uint8Array[] = [];

/** Draws every frame, whether anything changed or not, so that two runs differ by the vehicles alone. */
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

/** Vehicles of a packed feed, by the layer anybody would add; the nearest `models` of them as models. */
function feed(url: string, city: string, capacity: number, models: number): void {
  const { backend } = twin;
  const draw = backend.draw.bind(backend);
  backend.draw = (batch) => {
    const drawn = draw(batch);
    if (batch.kind !== 'instances') return drawn;
    const alphas = new Uint8Array(batch.places.length / 3);
    shown.push(alphas);
    const write = drawn.write.bind(drawn);
    drawn.write = (change) => {
      if (change.kind === 'motion') for (let i = 0; i < change.count; i++) alphas[new Float32Array(change.buffer, 40 * i, 1)[0]] = new Uint8Array(change.buffer)[40 * i + 39];
      write(change);
    };
    return drawn;
  };
  twin.add(traffic({ url: city, capacity, lag: 2, vehicles: { models, within: 5000 }, feed: { transport: 'websocket', url, decode: 'points', staleAfter: 3600 } }), 'live');
}

interface Cesium {
  CustomDataSource: new (name: string) => { entities: { add(options: object): void } };
  DataSourceCollection: new () => { add(source: object): Promise<void> };
  DataSourceDisplay: new (options: object) => { update(time: object): boolean };
  SampledPositionProperty: new () => { addSample(time: object, place: object): void };
  Cartesian3: { fromDegrees(lon: number, lat: number, height: number): object };
  JulianDate: { now(): object; addSeconds(time: object, seconds: number, out: object): object; new (): object };
  Color: { RED: object };
  ApproximateTerrainHeights: { _terrainHeights?: object };
}

/** Cesium's own way, as its examples have it: one entity a vehicle, on its way between two known places. */
async function entities(count: number): Promise<void> {
  const { CustomDataSource, DataSourceCollection, DataSourceDisplay, SampledPositionProperty, Cartesian3, JulianDate, Color, ApproximateTerrainHeights } = await import('@cesium/engine') as unknown as Cesium;
  const local = placer({ lon: AT[0], lat: AT[1], height: 0 });
  const source = new CustomDataSource('vehicles');
  const now = JulianDate.now();
  for (let i = 0; i < count; i++) {
    const position = new SampledPositionProperty();
    for (const [seconds, east] of [[-60, 0], [0, 200], [120, 1200]] as const) {
      const [lon, lat] = local.unplace((i % 100) * 30 - 1500 + east, Math.floor(i / 100) * 20, 5, new Float64Array(3));
      position.addSample(JulianDate.addSeconds(now, seconds, new JulianDate()), Cartesian3.fromDegrees(lon, lat, 5));
    }
    source.entities.add({ position, point: { pixelSize: 4, color: Color.RED } });
  }
  // The display waits for a table of heights that is for shapes on the ground: points need none.
  ApproximateTerrainHeights._terrainHeights ??= {};
  const { native } = twin.backend as unknown as { native: object };
  const collection = new DataSourceCollection();
  await collection.add(source);
  const display = new DataSourceDisplay({ scene: native, dataSourceCollection: collection });
  const { backend } = twin;
  const frame = backend.frame.bind(backend);
  backend.frame = (time) => {
    display.update(JulianDate.now());
    return frame(time);
  };
}

Object.assign(window, {
  ready: true, start, feed, entities,
  counted: () => frames,
  models: () => shown.reduce((sum, alphas) => sum + alphas.reduce((count, alpha) => count + (alpha > 0 ? 1 : 0), 0), 0),
  /** Mean milliseconds of script in the frames since it was last asked; the slowest fifth, in which the thread was taken away, left out. */
  frameScript: () => {
    const kept = took.splice(0).toSorted((a, b) => a - b);
    kept.length = Math.max(1, Math.ceil(kept.length * 0.8));
    return kept.reduce((sum, value) => sum + value, 0) / kept.length;
  },
  twin: () => twin,
});
