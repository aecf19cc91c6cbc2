import { parentPort, workerData } from 'node:worker_threads';
import { transfersOf, type Failure, type Job, type PointPlan } from './jobs.ts';
import { PointWorker } from './point-worker.ts';

const { plan, name } = workerData as { plan: PointPlan; name: string };
const worker = new PointWorker(plan, name);

parentPort?.on('message', (job: Job) => {
  worker.do(job).then(
    (answer) => parentPort?.postMessage(answer, transfersOf(answer)),
    (cause: NodeJS.ErrnoException) => parentPort?.postMessage({ failed: cause.message, code: cause.code } satisfies Failure),
  );
});
