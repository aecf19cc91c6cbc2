export * from './ellipsoid.ts';
export * from './place.ts';
export * from './camera.ts';
