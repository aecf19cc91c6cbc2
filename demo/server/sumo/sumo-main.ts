import { connect } from 'mqtt';
import type { JunctionFile } from 'citymirror/analysis';
import { junctionsOf } from './net.ts';
import { openScenario, Simulation, type Second } from './simulation.ts';

/** What the parent process says to start with. */
export interface SumoOrders {
  /** A scenario's folder or .sumocfg. */
  readonly scenario: string;
  readonly broker: string;
  /** Topics stand below this word: `city/vehicles/0`, `city/roads/0`, `city/signals/0`, as those of the other simulators. */
  readonly prefix: string;
  /** The sumo binary; 'sumo' on the path where absent. */
  readonly program?: string;
}

/** What this process tells its parent. */
export interface SumoSays {
  readonly junctions: JunctionFile;
}

/** Steps run at once before the first is told, so that the streets are not empty. */
const WARM_UP = 300;
/** Vehicles, roads and signal groups in one message. */
const BATCH = 100;
/** Seconds to the first try after SUMO ended, doubled to the last. */
const RETRY = { first: 1, last: 30 } as const;

const rest = (seconds: number): Promise<void> => new Promise((done) => setTimeout(done, seconds * 1000));

async function run(orders: SumoOrders): Promise<void> {
  const { scenario, net } = openScenario(orders.scenario);
  const { junctions, groups } = junctionsOf(net);
  const says: SumoSays = { junctions: { junctions, corridors: [], synthetic: true, skipped: {} } };
  process.send?.(says);
  const client = connect(orders.broker, { reconnectPeriod: 1000, clientId: `sumo-${process.pid}`, clean: true });
  client.on('error', () => {});
  const publish = (kind: string, list: readonly unknown[]): void => {
    for (let first = 0; first < list.length; first += BATCH) client.publish(`${orders.prefix}/${kind}/${first / BATCH}`, JSON.stringify(list.slice(first, first + BATCH)));
  };
  const tell = ({ vehicles, roads, signals }: Second): void => {
    if (!client.connected) return;
    publish('vehicles', vehicles);
    publish('roads', roads);
    publish('signals', signals);
  };
  let wait: number = RETRY.first;
  for (;;) {
    let simulation: Simulation | null = null;
    try {
      simulation = await Simulation.start(orders.program ?? 'sumo', scenario, net, groups);
      process.once('exit', () => simulation?.close());
      for (let step = 0; step < WARM_UP; step++) await simulation.step(Date.now() / 1000);
      console.log(`SUMO runs ${scenario.config} (${net.edges.length} edges, ${junctions.length} signals).`);
      wait = RETRY.first;
      await drive(simulation, tell);
      console.log('The SUMO scenario is at its end and begins again.');
    } catch (cause) {
      console.error(`${cause instanceof Error ? cause.message : String(cause)} SUMO is started again in ${wait} s; the map goes on with what it said last.`);
      await rest(wait);
      wait = Math.min(RETRY.last, wait * 2);
    } finally {
      simulation?.close();
    }
  }
}

/** A simulated second a second, until the scenario has no vehicles left. */
async function drive(simulation: Simulation, tell: (second: Second) => void): Promise<void> {
  const start = Date.now();
  for (let step = 0; ; step++) {
    const second = await simulation.step(Date.now() / 1000);
    if (second.expected === 0) return;
    tell(second);
    await rest(Math.max(0, (start + (step + 1) * 1000 - Date.now()) / 1000));
  }
}

process.once('message', (orders) => void run(orders as SumoOrders).catch((cause: unknown) => {
  console.error(cause instanceof Error ? cause.message : String(cause));
  process.exit(1);
}));
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => process.exit(0));
