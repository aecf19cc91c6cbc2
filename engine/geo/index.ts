export * from './ellipsoid.ts';
export * from './place.ts';
export * from './camera.ts';
export * from './gcj02.ts';
export * from './grid-codes.ts';
export * from './sun.ts';
export * from './transverse-mercator.ts';
