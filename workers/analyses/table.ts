import type { AnalysisTypes } from '#models';
import { affected } from './affected.ts';
import type { Analysis } from './context.ts';
import { drape } from './drape.ts';
import { features } from './features.ts';
import { groundTile } from './ground-tile.ts';
import { heights } from './heights.ts';
import { measure } from './measure.ts';
import { places } from './places.ts';
import { roads } from './roads.ts';
import { style } from './style.ts';

/** The table is the API: a new analysis is one file, one line here and its types in models/analyses.ts. */
export const analyses = {
  affected, drape, features, 'ground-tile': groundTile, heights, measure, places, roads, style,
} as const satisfies { readonly [Name in keyof AnalysisTypes]: Analysis<AnalysisTypes[Name]['input'], AnalysisTypes[Name]['output']> };
