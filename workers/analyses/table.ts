import { clusters, type AnalysisTypes } from '#models';
import type { Analysis } from './context.ts';
import { features } from './features.ts';
import { groundTile } from './ground-tile.ts';
import { heights } from './heights.ts';
import { labels } from './labels.ts';
import { places } from './places.ts';
import { roads } from './roads.ts';
import { style } from './style.ts';

/**
 * The table is the API: a new analysis is one file, one line here and its types in models/analyses.ts. What only an answer to a person needs
 * (and every view could do without) is loaded at its first call.
 */
export const analyses = {
  affected: async (input, context) => (await import('./affected.ts')).affected(input, context),
  alerts: async (input, context) => (await import('./alerts.ts')).alerts(input, context),
  bridges: async (input, context) => (await import('./bridges.ts')).bridges(input, context),
  congestion: async (input, context) => (await import('./congestion.ts')).congestion(input, context),
  drape: async (input, context) => (await import('./drape.ts')).drape(input, context),
  clusters,
  features,
  fleet: async (input, context) => (await import('./fleet.ts')).fleet(input, context),
  'ground-tile': groundTile,
  heights,
  labels,
  measure: async (input) => (await import('./measure.ts')).measure(input),
  model: async (input, context) => (await import('./model.ts')).model(input, context),
  network: async (input, context) => (await import('./network.ts')).network(input, context),
  'network-elements': async (input, context) => (await import('./network.ts')).networkElements(input, context),
  places,
  properties: async (input, context) => (await import('./properties.ts')).properties(input, context),
  roads,
  search: async (input, context) => (await import('./search.ts')).search(input, context),
  style,
  surface: async (input, context) => (await import('./surface.ts')).surface(input, context),
  transit: async (input, context) => (await import('./transit.ts')).transit(input, context),
  'transit-at': async (input, context) => (await import('./transit.ts')).transitAt(input, context),
  'transit-card': async (input, context) => (await import('./transit.ts')).transitCard(input, context),
} as const satisfies { readonly [Name in keyof AnalysisTypes]: Analysis<AnalysisTypes[Name]['input'], AnalysisTypes[Name]['output']> };
