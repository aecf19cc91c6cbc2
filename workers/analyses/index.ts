export * from './context.ts';
export * from './run.ts';
export { analyses } from './table.ts';
export type * from '../models/analyses.ts';
export * from '../models/road-network.ts';
export * from '../models/parking/index.ts';
export * from '../models/signals/index.ts';
export * from '../models/transit/index.ts';
export { placer, type Anchor, type Placer } from '#geo';
