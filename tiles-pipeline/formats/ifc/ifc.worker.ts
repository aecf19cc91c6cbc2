import { parentPort, workerData } from 'node:worker_threads';
import { readIfc, type IfcResult } from './read-ifc.ts';

/** One model a worker: what web-ifc's memory holds goes with the thread, and where it breaks down only the thread does. */
export interface IfcOrder {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly stem: string;
}

const { bytes, name, stem } = workerData as IfcOrder;
const result: IfcResult = await readIfc(bytes, name, stem);
const { table } = result;
const buffers = table ? [table.mesh.positions, table.mesh.colours, table.mesh.indices, table.mesh.firstVertex, table.mesh.firstIndex, table.features.storey, table.features.shell, table.properties.bytes, table.properties.starts].map((array) => array.buffer as ArrayBuffer) : [];
parentPort?.postMessage(result, buffers);
