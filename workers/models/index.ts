export * from './analyses.ts';
export * from './colour-rule.ts';
export * from './ramps.ts';
