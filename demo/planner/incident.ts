import { emergency, type Patch, type SceneDocument, type Twin } from 'citymirror';
import type { Catalogues } from './catalogues.ts';
import { layersOf } from './page-ui.ts';

export const KINDS = ['fire', 'gas', 'collapse', 'other'] as const;
export type Kind = (typeof KINDS)[number];

/** An incident as the emergency layer has it in its options. */
export interface Incident {
  readonly id: string;
  readonly kind: Kind;
  readonly lon: number;
  readonly lat: number;
  readonly height?: number;
  readonly radius: number;
  readonly at: number;
  readonly title?: string;
}

/** What the emergency layer answers for one incident, as far as the page shows it. */
export interface Affected {
  readonly total: number;
  readonly ids: readonly string[];
  readonly numbers: Uint32Array;
  readonly distances: Float64Array;
  readonly heights: Float32Array;
  readonly uses: readonly string[];
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

/** Radius of a new incident, metres; the slider goes from {@link LEAST} to {@link MOST}. */
export const FIRST_RADIUS = 300;
export const LEAST = 50;
export const MOST = 5000;

/** A slider's place 0 … 100 as metres, each step the same share wider than the one before; rounded as a person would say it. */
export function radiusAt(share: number): number {
  const raw = LEAST * (MOST / LEAST) ** (share / 100);
  const step = raw < 200 ? 5 : raw < 1000 ? 10 : 50;
  return Math.round(raw / step) * step;
}

/** The slider's place of a radius. */
export function shareOf(radius: number): number {
  return Math.min(100, Math.max(0, (100 * Math.log(radius / LEAST)) / Math.log(MOST / LEAST)));
}

export function incidentsOf(document: SceneDocument, layer: string): readonly Incident[] {
  return (document.layers[layer]?.options?.incidents ?? []) as readonly Incident[];
}

/** The incident that the panel shows: named in the document, so that a shared scene opens on it. */
export function shownIncident(document: SceneDocument): { layer: string; at: number; incident: Incident } | null {
  const { layer, id } = (document.tools.incident ?? {}) as { layer?: string; id?: string };
  if (!layer) return null;
  const at = incidentsOf(document, layer).findIndex((each) => each.id === id);
  return at < 0 ? null : { layer, at, incident: incidentsOf(document, layer)[at] };
}

function freeId(taken: readonly Incident[]): string {
  for (let n = 1; ; n++) if (!taken.some((each) => each.id === `incident-${n}`)) return `incident-${n}`;
}

/** The emergency layer whose city holds a place, else the topmost one; null when the scene has none. */
async function layerAt(twin: Twin, catalogues: Catalogues, place: { lon: number; lat: number }): Promise<string | null> {
  const layers = layersOf(twin, 'emergency');
  for (const layer of layers) {
    const city = await catalogues.of(twin.document.layers[layer]?.url);
    if (!city) continue;
    const [west, south, east, north] = city.bounds;
    if (place.lon >= west && place.lon <= east && place.lat >= south && place.lat <= north) return layer;
  }
  return layers[0] ?? null;
}

/** Degrees to the centimetre. */
function settled(degrees: number): number {
  return Number(degrees.toFixed(7));
}

/** Puts an incident at a place and shows it, in one step that can be undone. @returns false when no layer has buildings to ask */
export async function addIncident(twin: Twin, catalogues: Catalogues, place: { lon: number; lat: number; height?: number }, kind: Kind): Promise<boolean> {
  const at = Math.round(twin.clock.now());
  const height = place.height === undefined ? {} : { height: Math.round(place.height * 100) / 100 };
  const made = (id: string): Incident => ({ id, kind, lon: settled(place.lon), lat: settled(place.lat), ...height, radius: FIRST_RADIUS, at });
  const layer = await layerAt(twin, catalogues, place);
  const patch: Patch[number][] = [];
  if (layer) {
    const incident = made(freeId(incidentsOf(twin.document, layer)));
    patch.push(
      ...(twin.document.layers[layer].options?.incidents ? [] : [{ op: 'add' as const, path: `/layers/${layer}/options`, value: { incidents: [] } }]),
      { op: 'add', path: `/layers/${layer}/options/incidents/-`, value: incident },
      { op: 'add', path: '/tools/incident', value: { layer, id: incident.id } });
  } else {
    const source = layersOf(twin, 'tiles').map((id) => twin.document.layers[id]).find((each) => each.url?.endsWith('city.json'));
    if (!source?.url) return false;
    const order = Math.min(99, 1 + Math.max(...Object.values(twin.document.layers).map((each) => each.order)));
    const input = emergency({ url: source.url, incidents: [made('incident-1')] });
    const title = { zh: '应急', en: 'Emergency' };
    patch.push({ op: 'add', path: '/layers/emergency', value: { title, visible: true, opacity: 1, order, ...input } }, { op: 'add', path: '/tools/incident', value: { layer: 'emergency', id: 'incident-1' } });
  }
  twin.apply(patch, { by: 'incident' });
  return true;
}

/** Shows another incident of the scene, or none; not a step of undo. */
export function showIncident(twin: Twin, layer: string | null, id?: string): void {
  twin.apply([{ op: 'add', path: '/tools/incident', value: layer ? { layer, id } : {} }], { by: 'incident', undo: false });
}
