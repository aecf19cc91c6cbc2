import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { alive, kill, tree } from '../../tests/faults/pipeline-run.ts';
import { Crew, withinMemory } from './crew.ts';
import type { Task } from './task.ts';

const beside = (name: string): string => fileURLToPath(new URL(`../testing/${name}`, import.meta.url));
const file = beside('dying-worker.mjs');
const named = (key: string): Task => ({ kind: 'join', key, work: '', scheme: '', level: 0, run: 0, children: [] });

test('P07: a task that aborts its process is given up after its tries, with a sentence, and all others are done', async () => {
  const crew = new Crew(2, undefined, { file });
  const fates = await Promise.allSettled(['a', 'aborts', 'b', 'c', 'd'].map((key) => crew.run(named(key))));
  crew.end();
  expect(fates.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect((fates[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'worker-died', message: 'The process that did this ended without an answer each time it was tried (SIGABRT).' });
});

test('P08: memory decides how many workers there are and how large each may be', () => {
  expect(withinMemory(8, undefined)).toEqual({ count: 8, heap: 320 });
  expect(withinMemory(8, 256)).toEqual({ count: 1, heap: 64 });
  expect(withinMemory(8, 1024).count).toBe(7);
  expect(withinMemory(2, 4096)).toEqual({ count: 2, heap: 320 });
  for (const most of [256, 300, 512, 700, 1500]) {
    const { count, heap } = withinMemory(8, most);
    expect(count * (heap + 48) + 144).toBeLessThanOrEqual(most);
  }
  expect(() => withinMemory(2, 200)).toThrow('--max-memory 200 is too little: a build needs 256 MiB.');
  expect(() => withinMemory(4, 400, true)).toThrow('--max-memory 400 is too little for 4 workers: it is enough for 2; 4 need 592 MiB.');
});

test('tasks that wait or come when a crew has ended are given up, not forgotten', async () => {
  const crew = new Crew(1, undefined, { file });
  const waiting = [crew.run(named('lasts')), crew.run(named('a'))].map((each) => each.catch((cause: unknown) => cause));
  crew.end();
  expect(await Promise.all([...waiting, crew.run(named('b')).catch((cause: unknown) => cause)])).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ code: 'aborted' })));
});

test('P02: a crew ends when its parent is killed', async () => {
  const parent = spawn(process.execPath, [beside('crew-parent.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  let children: number[] = [];
  for (let tries = 0; children.length < 2 && tries < 200; tries++) {
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    children = tree(parent.pid).slice(1);
  }
  expect(children).toHaveLength(2);
  kill(parent.pid!);
  for (let tries = 0; children.some(alive) && tries < 250; tries++) await new Promise((resolve) => { setTimeout(resolve, 20); });
  expect(children.filter(alive)).toEqual([]);
});
