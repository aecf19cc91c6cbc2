export { createBackend, type HeadlessBackend, type HeadlessOptions } from './backend.ts';
export type { HeadlessDrawn, PointsAt } from './drawn.ts';
export type { HeadlessImagery, HeadlessTiles } from './tiles.ts';
