import { TwinError, type Text } from '#engine';

export type IncidentKind = 'fire' | 'gas' | 'collapse' | 'other';

/** Something that happened at a place; plain data, so that it stands in the document. */
export interface Incident {
  readonly id: string;
  readonly kind: IncidentKind;
  /** Degrees. */
  readonly lon: number;
  readonly lat: number;
  /** Metres above the ellipsoid; the ground where absent. */
  readonly height?: number;
  /** Metres along the ellipsoid within which a building counts as affected. */
  readonly radius: number;
  /** Unix seconds. */
  readonly at: number;
  readonly title?: string;
}

export const kindTexts: Readonly<Record<IncidentKind, Text>> = {
  fire: { zh: '火灾', en: 'Fire' },
  gas: { zh: '燃气泄漏', en: 'Gas leak' },
  collapse: { zh: '坍塌', en: 'Collapse' },
  other: { zh: '突发事件', en: 'Incident' },
};

/** The widest circle an analysis takes, metres. */
const WIDEST = 100_000;

const checks: readonly { what: string; holds: (incident: Incident) => boolean }[] = [
  { what: 'id must be a word', holds: ({ id }) => typeof id === 'string' && id !== '' },
  { what: 'lon must be −180 … 180', holds: ({ lon }) => Number.isFinite(lon) && Math.abs(lon) <= 180 },
  { what: 'lat must be −90 … 90', holds: ({ lat }) => Number.isFinite(lat) && Math.abs(lat) <= 90 },
  { what: `radius must be more than 0 and at most ${WIDEST} m`, holds: ({ radius }) => Number.isFinite(radius) && radius > 0 && radius <= WIDEST },
  { what: 'height must be a number of metres', holds: ({ height }) => height === undefined || Number.isFinite(height) },
];

/**
 * The incidents of a layer's options; one that is wrong is told and left out, the others stand.
 * @param wrong hears each problem as a TwinError `bad-input`
 */
export function readIncidents(options: Readonly<Record<string, unknown>> | undefined, where: string, wrong: (error: TwinError) => void): Incident[] {
  const list = options?.incidents ?? [];
  if (!Array.isArray(list)) {
    wrong(new TwinError('bad-input', 'options.incidents must be a list of incidents; none is shown.', { where }));
    return [];
  }
  const seen = new Set<string>();
  return list.flatMap((item: Incident, index) => {
    const failed = typeof item === 'object' && item !== null ? checks.find((check) => !check.holds(item))?.what : 'it is no object';
    const problem = failed ?? (seen.has(item.id) ? `the id ${item.id} occurs twice` : null);
    if (problem) {
      wrong(new TwinError('bad-input', `Incident ${index + 1} is left out: ${problem}.`, { where: `${where}/options/incidents/${index}` }));
      return [];
    }
    seen.add(item.id);
    return [{ ...item, kind: item.kind in kindTexts ? item.kind : 'other', at: Number.isFinite(item.at) ? item.at : 0 }];
  });
}

/** What a person calls it: its title, else its kind. */
export function incidentTitle(incident: Incident): Text {
  return incident.title ? { zh: incident.title, en: incident.title } : kindTexts[incident.kind];
}

/** What the answer depends on; as long as it stays, nothing is computed again. */
export function circleKey({ lon, lat, height, radius }: Incident): string {
  return [lon, lat, height ?? 'ground', radius].join(' ');
}
