import { analysisPort, type Pool } from '../analysis-port.ts';
import type { WorkerLike } from '../worker-like.ts';

declare global {
  interface Window {
    pool: Pool;
    workers: Worker[];
    missing: Pool;
    ask: (name: string, input: unknown, options?: { deadline?: number; abortAfter?: number }) => Promise<{ value?: unknown; code?: string; message?: string; ms: number }>;
  }
}

window.workers = [];
window.pool = analysisPort({
  size: 1,
  create: () => {
    const worker = new Worker(new URL('./faulty.worker.ts', import.meta.url), { type: 'module' });
    window.workers.push(worker);
    return worker as unknown as WorkerLike;
  },
});
window.missing = analysisPort({ size: 1, create: () => new Worker('/no-such-worker.js', { type: 'module' }) as unknown as WorkerLike });
window.ask = async (name, input, { deadline, abortAfter } = {}) => {
  const started = performance.now();
  const controller = new AbortController();
  if (abortAfter !== undefined) setTimeout(() => controller.abort(), abortAfter);
  const pool = name === 'missing' ? window.missing : window.pool;
  try {
    const value = await pool.run(name, input, { deadline, signal: controller.signal });
    return { value, ms: performance.now() - started };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message, ms: performance.now() - started };
  }
};
