export { createBackend, type CesiumBackend } from './backend.ts';
