// Starts the worker from the sources: Node 20 runs no TypeScript by itself.
import { register } from 'tsx/esm/api';

register();
await import('./points.worker.ts');
