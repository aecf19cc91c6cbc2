import { held } from './counters.ts';
import { createTwin, emergency, ground, tiles, traffic, type CityTwin, type TwinOptions } from 'citymirror';

const AT = [117.49, 30.66] as const;

/** What the tests drive: twins by the id of their element, made as a portal makes them. */
const twins = new Map<string, CityTwin>();
const errors: string[] = [];

async function mount(options: Partial<TwinOptions> & { city?: string; feed?: string } = {}, where = 'map'): Promise<CityTwin> {
  const { city, feed, ...rest } = options;
  const twin = await createTwin(document.getElementById(where)!, { backend: 'three', at: AT, economy: true, ...rest });
  twin.on('error', ({ error, layer }) => errors.push(`${layer ?? ''} ${error.code}: ${error.message}`));
  twins.set(where, twin);
  if (city) {
    twin.add(ground({ url: city }), 'ground');
    twin.add(tiles({ url: city }), 'buildings');
    twin.add(emergency({ url: city }), 'emergency');
    if (feed) twin.add(traffic({ url: city, feed: { transport: 'mqtt', url: feed, topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 10 } }), 'traffic');
  }
  return twin;
}

async function unmount(where = 'map'): Promise<void> {
  await twins.get(where)?.dispose();
  twins.delete(where);
}

/** Loses the graphics context of a twin as a driver would: it is gone and comes back only when asked. */
function loseContext(where = 'map'): void {
  const canvas = twins.get(where)!.backend.canvas!;
  canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context')!.loseContext();
}

// Functions sent to the page by a runner that keeps names call this.
Object.assign(window, { __name: (named: unknown) => named });
Object.assign(window, { lab: { mount, unmount, loseContext, held, errors, twins }, labReady: true });
