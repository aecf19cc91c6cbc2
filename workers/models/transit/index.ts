export { readGtfs, gtfsTime, clockOf, type GtfsFiles } from './gtfs.ts';
export * from './realtime.ts';
export * from './timetable.ts';
export * from './transit.ts';
export type * from './transit-analyses.ts';
