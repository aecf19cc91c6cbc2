import type { Catalogue } from '../catalogue.ts';
import { encodeNetworks } from '../sinks/networks.ts';
import { countOut, countSkipped, type Account } from './account.ts';
import { bury, COVER, type BuriedNetwork } from './bury-networks.ts';
import type { Gatherer } from './gather.ts';
import type { Dem } from './ground.ts';
import { isSchematic, locate, type NetworkOptions } from './place-networks.ts';

/** Gives every network of the inputs its place and its depth; what cannot be placed is counted and said. @param centre lon, lat of the rest of the city; null where there is nothing else */
export function layNetworks(gathered: Gatherer, dem: Dem | undefined, options: NetworkOptions, centre: readonly [number, number] | null, account: Account): BuriedNetwork[] {
  const laid: BuriedNetwork[] = [];
  for (const network of gathered.networks) {
    const located = locate(network, options, centre, account.issues);
    const count = network.nodes.count + network.links.count;
    if (located) countOut(account, 'networks', count);
    else countSkipped(account, 'network without a place', count);
    if (located) laid.push(bury(located, dem, options.cover));
  }
  for (const network of gathered.pipes.done()) {
    const located = locate(network, {}, centre, account.issues);
    if (located) laid.push(bury(located, dem, options.cover));
  }
  for (const each of laid) sayPlaced(each, account);
  return distinct(laid);
}

/** Every network by a name of its own: ids of elements begin with it. Of two files called alike the second gets a number. */
function distinct(laid: readonly BuriedNetwork[]): BuriedNetwork[] {
  const used = new Set<string>();
  return laid.map((each) => {
    const { name } = each.network;
    let own = name;
    for (let n = 2; used.has(own); n++) own = `${name} (${n})`;
    used.add(own);
    return own === name ? each : { ...each, network: { ...each.network, name: own } };
  });
}

/** What a person must know of a network before believing its place. */
function sayPlaced({ network, by, fit, scale }: BuriedNetwork, account: Account): void {
  const info = (code: string, message: string): void => void account.issues.push({ code, severity: 'info', message: `${network.name}: ${message}` });
  if (by === 'centre') info('placed-in-the-middle', `its coordinates are in no stated system; it was put in the middle of the city, one unit as ${scale!.toPrecision(4)} m. Say where it belongs: --place ${network.name}@lon,lat,height,heading`);
  if (isSchematic(fit)) info('schematic', `its drawing is schematic: stated over drawn lengths spread ${fit.spread.toFixed(2)} times (95th over 5th percentile; 1.5 is the limit of a map). Lengths in the attributes are right, places are not.`);
}

/** Writes the networks' companion and names it in the catalogue. */
export async function writeNetworks(laid: readonly BuriedNetwork[], cover: number | undefined, catalogue: Catalogue, write: (path: string, bytes: Uint8Array) => Promise<void>): Promise<void> {
  if (laid.length === 0) return;
  const { index, bytes } = encodeNetworks(laid, cover ?? COVER);
  await write('networks.bin', bytes);
  await write('networks.json', new TextEncoder().encode(`${JSON.stringify(index)}\n`));
  const networks = index.networks.map(({ nodeTable: _nodes, linkTable: _links, cells: _cells, ...entry }) => entry);
  catalogue.layers.networks = { companion: 'networks.json', kinds: [...new Set(networks.map(({ kind }) => kind))], count: networks.reduce((sum, { links }) => sum + links, 0), networks };
  if (catalogue.layers.buildings || catalogue.layers.roads) return;
  const boxes = [...networks.map(({ bounds }) => bounds), ...(catalogue.layers.places || catalogue.layers.areas ? [catalogue.bounds] : [])];
  const [west, south, east, north] = [0, 1, 2, 3].map((side) => boxes.map((box) => box[side]).reduce((a, b) => (side < 2 ? Math.min(a, b) : Math.max(a, b))));
  catalogue.bounds = [west, south, east, north];
  catalogue.center = [(west + east) / 2, (south + north) / 2];
}
