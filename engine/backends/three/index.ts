import type { CreateBackend } from '../../backend.ts';
import { ThreeBackend } from './backend.ts';

export { ThreeBackend } from './backend.ts';

/** @throws TwinError `backend-unavailable` without WebGL 2 */
export const createBackend: CreateBackend = async (options) => new ThreeBackend(options);
