export * from './analyses.ts';
export * from './colour-rule.ts';
export * from './ramps.ts';
export * from './city-catalogue.ts';
export * from './road-network.ts';
export * from './traffic.ts';
