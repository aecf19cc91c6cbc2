export * from './green-wave.ts';
export * from './junction-state.ts';
export * from './junctions.ts';
export * from './timing.ts';
