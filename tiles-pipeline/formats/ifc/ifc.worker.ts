import { parentPort, workerData } from 'node:worker_threads';
import { geometryOf, type Geometry } from './geometry.ts';

/** What the thread of one model answers: its shapes, or how the reader broke down. */
export type ShapesAnswer = Geometry | { unreadable: true } | { broke: string };

/** One model a thread: what web-ifc's memory holds goes with it, and where web-ifc breaks down only the thread does. */
async function answer(): Promise<ShapesAnswer> {
  try {
    return await geometryOf(workerData as Uint8Array);
  } catch (cause) {
    return { broke: cause instanceof Error ? cause.message : String(cause) };
  }
}

const shapes = await answer();
const { positions, colours, indices, firstVertex, firstIndex } = 'mesh' in shapes ? shapes.mesh : {};
parentPort?.postMessage(shapes, [positions, colours, indices, firstVertex, firstIndex].flatMap((array) => (array ? [array.buffer as ArrayBuffer] : [])));
