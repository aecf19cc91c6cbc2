import type { LayerInput, LayerType, Text } from '#engine';
import type { AffectedOutput } from '#models';
import type { Incident } from './incident.ts';

export type { Incident, IncidentKind } from './incident.ts';

export interface EmergencyOptions {
  /** A city folder's city.json, whose buildings are asked; relative to the page. */
  readonly url: string;
  readonly title?: Text;
  readonly incidents?: readonly Incident[];
}

/** Incidents on the map and the buildings they affect, computed from the companion and not from what is loaded. */
export function emergency(options: EmergencyOptions): LayerInput {
  const { incidents = [], ...rest } = options;
  return { type: 'emergency', ...rest, options: { incidents: incidents.map((incident) => ({ ...incident })) } };
}

/** What `result()` of an emergency layer answers: one entry an incident whose buildings are known. */
export type EmergencyResult = Readonly<Record<string, AffectedOutput>>;

export const emergencyLayer: LayerType = {
  type: 'emergency',
  title: { zh: '应急事件', en: 'Emergency' },
  create: async () => new (await import('./emergency-layer.ts')).EmergencyLayer(),
};

