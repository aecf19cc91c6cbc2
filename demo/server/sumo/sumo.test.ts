import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { connect } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { readJunctions } from 'citymirror/analysis';
import { find } from '../../../tests/install.mjs';
import { describeShared, shared } from '../../../tests/shared.ts';
import { startServer } from '../server.ts';
import { startOptions } from '../arguments.ts';
import { junctionsOf, leftOf, readNet, roadsOf } from './net.ts';
import { openScenario, scenarioAt, Simulation } from './simulation.ts';
import type { SumoOrders, SumoSays } from './sumo-main.ts';
import { Traci } from './traci.ts';

const folder = shared('data/traffic/sumo/bologna-acosta');
const program = find('sumo');

describeShared('a SUMO net', () => {
  const { net } = openScenario(folder);

  test('lies where it is on Earth, by its own offset and projection', () => {
    // Via Andrea Costa, Bologna: OpenStreetMap has it from about 11.310 to 11.331 east, 44.49 north.
    const lons = net.edges.flatMap(({ lanes }) => lanes[0].shape.map(([x, y]) => net.degrees(x, y)));
    expect(Math.min(...lons.map(([lon]) => lon))).toBeGreaterThan(11.30);
    expect(Math.max(...lons.map(([lon]) => lon))).toBeLessThan(11.34);
    expect(lons.every(([, lat]) => lat > 44.48 && lat < 44.51)).toBe(true);
    expect(roadsOf(net).features).toHaveLength(178);
  });

  test('its signals are junctions of our form, every link in one group', () => {
    const { junctions, groups } = junctionsOf(net);
    const file = readJunctions(JSON.parse(JSON.stringify({ junctions, synthetic: true })), 'net');
    expect([file.junctions.length, file.skipped]).toEqual([7, {}]);
    expect(file.junctions.reduce((sum, junction) => sum + junction.groups.length, 0)).toBe(groups.size);
  });

  test('seconds to a link’s change go on over phases that keep its light', () => {
    const phases = [{ duration: 10, state: 'Gr' }, { duration: 3, state: 'Gr' }, { duration: 4, state: 'yr' }, { duration: 20, state: 'rG' }];
    expect(leftOf(phases, 0, 0, 6)).toBe(9);
    expect(leftOf(phases, 2, 0, 1)).toBe(1);
    expect(leftOf(phases, 0, 1, 6)).toBe(13);
    expect(leftOf([{ duration: 9, state: 'G' }], 0, 0, 4)).toBe(null);
  });

  test('Berlin’s net is read packed; what is no scenario is said', () => {
    const berlin = readNet(shared('data/traffic/sumo/berlin-doerpfeldstr/net.net.xml.gz'));
    const [lon, lat] = berlin.degrees(...berlin.edges[0].lanes[0].shape[0]);
    expect([Math.abs(lon - 13.55) < 0.1, Math.abs(lat - 52.435) < 0.1]).toEqual([true, true]);
    expect(() => scenarioAt(shared('data/traffic/gbfs'))).toThrow(/--sumo takes a folder with one \.sumocfg in it/u);
    expect(() => readNet(shared('data/traffic/sumo/bologna-acosta/acosta_bus_stops.add.xml'))).toThrow(/is no SUMO network/u);
    expect(() => startOptions(['--sumo'])).toThrow(/--sumo takes one folder/u);
  });
});

describe('the connection to SUMO', () => {
  test('a program that is no SUMO is said, and calls that wait are refused', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const traci = await Traci.connect((server.address() as { port: number }).port);
    await expect(traci.version()).rejects.toThrow(/this is no TraCI|SUMO closed/u);
    await expect(traci.step()).rejects.toThrow();
    for (const socket of sockets) socket.destroy();
    server.close();
    await expect(Traci.connect(1, 0.2)).rejects.toThrow(/SUMO does not answer on port 1/u);
  });
});

/** A real SUMO: skipped with its reason where it is not installed, a failure where CI is set. */
function describeSumo(name: string, body: () => void): void {
  if (program) return describeShared(name, body);
  if (process.env.CI) return void test(name, () => { throw new Error('sumo is not installed: apt-get install sumo'); });
  console.log(`skipped: ${name} (sumo is not installed: apt-get install sumo)`);
  describe.skip(name, body);
}

describeSumo('a real SUMO', () => {
  test('vehicles drive on its roads, no faster than they may; lights change when they said they would', { timeout: 30_000 }, async () => {
    const { scenario, net } = openScenario(folder);
    const { groups } = junctionsOf(net);
    const simulation = await Simulation.start(program!, scenario, net, groups);
    try {
      const last = new Map<string, { lon: number; lat: number }>();
      const lights = new Map<string, { state: number; until: number }>();
      let [seen, told, right] = [0, 0, 0];
      for (let t = 0; t < 240; t++) {
        const second = await simulation.step(1_800_000_000 + t);
        seen = Math.max(seen, second.vehicles.length);
        for (const { id, lon, lat, speed } of second.vehicles) {
          const before = last.get(id);
          if (before) expect(Math.hypot((lon - before.lon) * 111_320 * Math.cos((lat * Math.PI) / 180), (lat - before.lat) * 111_320)).toBeLessThan(40);
          expect(speed).toBeLessThan(40);
          last.set(id, { lon, lat });
        }
        for (const { id, values: { state, left } } of second.signals) {
          const known = lights.get(id);
          if (known && known.state !== state) {
            told++;
            if (Math.abs(t - known.until) <= 1) right++;
          }
          lights.set(id, { state, until: left === undefined ? Number.NaN : t + left });
        }
      }
      expect(seen).toBeGreaterThan(100);
      expect(told).toBeGreaterThan(100);
      expect(right / told).toBeGreaterThan(0.98);
      const { pid } = simulation;
      process.kill(pid!, 'SIGKILL');
      await expect((async () => { for (;;) await simulation.step(0); })()).rejects.toThrow(/connection to SUMO broke|SUMO closed the connection/u);
    } finally {
      simulation.close();
    }
  });

  test('killed, it is said and started again; its vehicles and signals go on over MQTT', { timeout: 60_000 }, async () => {
    const server = await startServer({ port: 0, pages: [], cities: [] });
    const child = fork(fileURLToPath(new URL('./sumo-main.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let words = '';
    child.stdout?.on('data', (data: Buffer) => { words += data.toString(); });
    child.stderr?.on('data', (data: Buffer) => { words += data.toString(); });
    const says = new Promise<SumoSays>((resolve) => child.once('message', (message) => resolve(message as SumoSays)));
    const orders: SumoOrders = { scenario: folder, broker: `ws://127.0.0.1:${server.port}/mqtt`, prefix: 'city', program: program! };
    const client = connect(orders.broker);
    const kinds = new Map<string, number>();
    client.on('connect', () => client.subscribe('city/#'));
    client.on('message', (topic, bytes) => {
      const [, kind] = topic.split('/');
      kinds.set(kind, (kinds.get(kind) ?? 0) + (JSON.parse(bytes.toString()) as unknown[]).length);
    });
    try {
      child.send(orders);
      expect((await says).junctions.junctions).toHaveLength(7);
      await expect.poll(() => ['vehicles', 'roads', 'signals'].every((kind) => (kinds.get(kind) ?? 0) > 50), { timeout: 25_000 }).toBe(true);
      // The SUMO of this child alone: its parent's process id says whose it is.
      const own = readdirSync('/proc').filter((name) => /^\d+$/u.test(name)).find((name) => {
        try {
          const [comm, ppid] = [readFileSync(`/proc/${name}/comm`, 'utf8').trim(), /^PPid:\s+(\d+)/mu.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]];
          return comm === 'sumo' && Number(ppid) === child.pid;
        } catch {
          return false;
        }
      });
      process.kill(Number(own), 'SIGKILL');
      await expect.poll(() => words, { timeout: 10_000 }).toMatch(/SUMO is started again in 1 s/u);
      kinds.clear();
      await expect.poll(() => (kinds.get('vehicles') ?? 0) > 50, { timeout: 25_000 }).toBe(true);
    } finally {
      client.end(true);
      child.kill('SIGTERM');
      await server.close();
    }
  });
});
