import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { VehicleReport } from '../simulator/fleet.ts';
import type { SignalReading } from '../simulator/signals.ts';
import { leftOf, readNet, STATES, type NetGroup, type SumoNet } from './net.ts';
import { TRACI, Traci, type TraciReport } from './traci.ts';

/** A scenario's files. */
export interface Scenario {
  readonly config: string;
  readonly net: string;
  readonly additional: readonly string[];
}

/** The one .sumocfg of a folder, or the file itself, and the net it names. @throws Error with a sentence */
export function scenarioAt(path: string): Scenario {
  const configs = path.endsWith('.sumocfg') ? [path] : existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.sumocfg')).map((name) => join(path, name)) : [];
  if (configs.length !== 1 || !existsSync(configs[0])) throw new Error(`--sumo takes a folder with one .sumocfg in it, or the file itself; ${path} has ${configs.length}.`);
  const config = resolve(configs[0]);
  const text = readFileSync(config, 'utf8');
  const list = (name: string): string[] => (new RegExp(`<${name}\\s+value="([^"]*)"`, 'u').exec(text)?.[1] ?? '').split(/[,\s]+/u).filter(Boolean).map((file) => join(dirname(config), file));
  const [net] = list('net-file');
  if (!net || !existsSync(net)) throw new Error(`${config} names no net-file that is there.`);
  return { config, net, additional: list('additional-files').filter((file) => existsSync(file) && /<tlLogic/u.test(readFileSync(file, 'utf8'))) };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** What a second of the simulation says, in the forms of the other simulators. */
export interface Second {
  readonly vehicles: readonly VehicleReport[];
  readonly roads: readonly { readonly id: string; readonly t: number; readonly speed: number }[];
  readonly signals: readonly SignalReading[];
  /** Vehicles still to come or under way; 0: the scenario is at its end. */
  readonly expected: number;
}

/** Seconds between two words on a road's speed, and on a signal that did not change. */
const ROADS = 5;
const SIGNALS = 5;

/** SUMO's classes of vehicles that are drawn otherwise than as a car. @source SUMO, Definition of Vehicles, vClass */
const KINDS: Readonly<Record<string, number>> = { bus: 1, coach: 1, trolleybus: 1, delivery: 2, truck: 2, trailer: 2 };

/** A SUMO of our own, started, asked second by second, and ended. Its outputs go to a folder that is removed. */
export class Simulation {
  readonly #process: ChildProcess;
  readonly #outputs: string;
  readonly #traci: Traci;
  readonly #net: SumoNet;
  readonly #groups: ReadonlyMap<string, NetGroup>;
  readonly #said = new Map<string, number>();
  #second = 0;

  private constructor(parts: { process: ChildProcess; outputs: string; traci: Traci; net: SumoNet; groups: ReadonlyMap<string, NetGroup> }) {
    this.#process = parts.process;
    this.#outputs = parts.outputs;
    this.#traci = parts.traci;
    this.#net = parts.net;
    this.#groups = parts.groups;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** @param program path of the sumo binary @throws Error where it does not start or answer */
  static async start(program: string, scenario: Scenario, net: SumoNet, groups: ReadonlyMap<string, NetGroup>): Promise<Simulation> {
    const port = await freePort();
    // SUMO writes its outputs beside its config: it runs on links to the scenario's files in a folder of its own, and the scenario stays as it is.
    const outputs = mkdtempSync(join(tmpdir(), 'citymirror-sumo-'));
    for (const name of readdirSync(dirname(scenario.config))) symlinkSync(join(dirname(scenario.config), name), join(outputs, name));
    const args = ['-c', join(outputs, basename(scenario.config)), '--remote-port', String(port), '--step-length', '1', '--no-step-log', 'true', '--no-warnings', 'true', '--xml-validation', 'never'];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr?.on('data', (data: Buffer) => { words = (words + data.toString()).slice(-600); });
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`SUMO ended (${signal ?? code})${words ? `: ${words.trim().split('\n').filter((line) => !line.startsWith('Quitting')).at(-1)}` : ''}`)));
    });
    ended.catch(() => {});
    try {
      const traci = await Promise.race([Traci.connect(port), ended]);
      const simulation = new Simulation({ process: child, outputs, traci, net, groups });
      await Promise.race([simulation.#subscribe(), ended]);
      return simulation;
    } catch (cause) {
      child.kill('SIGKILL');
      rmSync(outputs, { recursive: true, force: true });
      throw cause;
    }
  }

  async #subscribe(): Promise<void> {
    const { subscribe } = TRACI;
    await this.#traci.version();
    await this.#traci.subscribe(subscribe.sim, '', [TRACI.departed, TRACI.expected, TRACI.time]);
    for (const { id } of this.#net.edges) await this.#traci.subscribe(subscribe.edge, id, [TRACI.meanSpeed]);
    const groups = [...this.#groups.values()];
    for (const light of new Set(groups.map((group) => group.light))) await this.#traci.subscribe(subscribe.light, light, [TRACI.state, TRACI.phase, TRACI.program, TRACI.nextSwitch]);
    for (const lane of new Set(groups.flatMap(({ lanes }) => lanes))) await this.#traci.subscribe(subscribe.lane, lane, [TRACI.halting]);
  }

  /** One second on, told with the time `t` (unix seconds). @throws Error when SUMO is gone */
  async step(t: number): Promise<Second> {
    const reports = await this.#traci.step();
    const by = (domain: number): TraciReport[] => reports.filter((report) => report.domain === domain);
    const [sim] = by(TRACI.subscribe.sim);
    for (const id of (sim?.values.get(TRACI.departed) as readonly string[] | undefined) ?? []) await this.#traci.subscribe(TRACI.subscribe.vehicle, id, [TRACI.position, TRACI.speed, TRACI.angle, TRACI.vehicleClass]);
    const second = this.#second++;
    const time = Number(t.toFixed(3));
    return {
      vehicles: by(TRACI.subscribe.vehicle).flatMap(({ id, values }) => this.#vehicle(id, values, time)),
      roads: second % ROADS === 0 ? by(TRACI.subscribe.edge).map(({ id, values }) => ({ id, t: time, speed: Number(((values.get(TRACI.meanSpeed) as number) * 3.6).toFixed(1)) })) : [],
      signals: this.#signals(reports, second, time, (sim?.values.get(TRACI.time) as number | undefined) ?? second),
      expected: (sim?.values.get(TRACI.expected) as number | undefined) ?? 1,
    };
  }

  #vehicle(id: string, values: TraciReport['values'], t: number): VehicleReport[] {
    const position = values.get(TRACI.position) as readonly [number, number] | undefined;
    // A vehicle that waits to be set in has no place yet: SUMO says the lowest of numbers.
    if (!position || !(Math.abs(position[0]) < 1e7)) return [];
    const [lon, lat] = this.#net.degrees(position[0], position[1]);
    return [{ id, kind: KINDS[String(values.get(TRACI.vehicleClass))] ?? 0, t, lon, lat, speed: Number((values.get(TRACI.speed) as number).toFixed(2)), heading: Number((((values.get(TRACI.angle) as number) + 360) % 360).toFixed(1)) }];
  }

  #signals(reports: readonly TraciReport[], second: number, t: number, now: number): SignalReading[] {
    const lights = new Map(reports.filter(({ domain }) => domain === TRACI.subscribe.light).map(({ id, values }) => [id, values]));
    const halting = new Map(reports.filter(({ domain }) => domain === TRACI.subscribe.lane).map(({ id, values }) => [id, values.get(TRACI.halting) as number]));
    return [...this.#groups].flatMap(([id, { light, index, lanes }], k): SignalReading[] => {
      const values = lights.get(light);
      const state = STATES[(values?.get(TRACI.state) as string | undefined)?.[index] ?? ''];
      if (!values || state === undefined || (state === this.#said.get(id) && (second + k) % SIGNALS !== 0)) return [];
      this.#said.set(id, state);
      const phases = this.#net.programs.get(`${light} ${values.get(TRACI.program) as string}`);
      const left = leftOf(phases, values.get(TRACI.phase) as number, index, Math.max(0, (values.get(TRACI.nextSwitch) as number) - now));
      const queue = lanes.reduce((sum, lane) => sum + (halting.get(lane) ?? 0), 0);
      return [{ id, t, values: { state, ...(left !== null && { left: Number(left.toFixed(1)) }), queue }, quality: 'simulated' }];
    });
  }

  close(): void {
    this.#traci.close();
    this.#process.kill('SIGTERM');
    rmSync(this.#outputs, { recursive: true, force: true });
  }
}

/** A scenario with its net read. */
export function openScenario(path: string): { readonly scenario: Scenario; readonly net: SumoNet } {
  const scenario = scenarioAt(path);
  return { scenario, net: readNet(scenario.net, scenario.additional) };
}
