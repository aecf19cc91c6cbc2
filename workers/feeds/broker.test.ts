import { expect, it } from 'vitest';
import { brokerRun } from './testing/broker-run.ts';

it('a real mosquitto killed in the middle of 5,000 vehicles: stale, then live again by itself, and the ledger is the publisher’s', async () => {
  const run = await brokerRun({ vehicles: 5000, every: 5, down: [1.5], between: 1 });
  expect(run.states).toEqual(['connecting', 'live', 'stale', 'live']);
  expect(run).toMatchObject({ ids: 5000, lostUnnoticed: 0, twice: 0, wrongState: 0, balanced: true, reconnects: 1 });
  expect(run.published).toBeGreaterThan(5000);
  expect(run.recovered[0]).toBeLessThan(3);
  expect(run.last.issues.map(({ code }) => code)).toEqual(expect.arrayContaining(['network', 'gap']));
  expect(run.last.ledger).toMatchObject({ rejected: 0, dropped: 0, late: 0 });
  expect(run.last.ledger.received - run.last.ledger.duplicate).toBeGreaterThanOrEqual(run.published - run.lost);
}, 60_000);
