import { h, icon, listen, placer, type CityTwin, type Part, type SceneDocument } from 'citymirror';
import type { PageUi } from './page-ui.ts';

type Pose = SceneDocument['camera'];
type Patch = Parameters<CityTwin['apply']>[0];

/** How solid ground and buildings stay while one looks below: enough to know where one is. */
const GROUND = 0.28;
const BUILDINGS = 0.14;
/** Metres from the eye to what is looked at, at most, and the pitch. */
const NEAR = 260;
const PITCH = -40;

/** Whether the ground is see-through. */
export function isUnderground({ layers }: SceneDocument): boolean {
  return Object.values(layers).some(({ type, visible, opacity }) => type === 'ground' && (!visible || opacity < 1));
}

/** A place on the ground: degrees and metres. */
export interface Spot {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
}

/** Where the middle of a view meets level ground at a height; at most six kilometres away. */
export function lookedAt(pose: Pose, ground: number): Spot {
  const down = (Math.min(-6, pose.pitch) * -Math.PI) / 180;
  const forward = Math.min(6000, Math.max(0, pose.height - ground) / Math.tan(down));
  const turn = (pose.heading * Math.PI) / 180;
  const [lon, lat] = placer({ lon: pose.lon, lat: pose.lat, height: 0 }).unplace(forward * Math.sin(turn), forward * Math.cos(turn), 0, new Float64Array(3));
  return { lon, lat, height: ground };
}

/** A view down into the ground at a place, from nearby and tilted. A pose that is both already is left alone. */
export function viewBelow(pose: Pose, spot: Spot): Pose {
  const above = pose.height - spot.height;
  if (above > -50 && above < NEAR * Math.sin((-PITCH * Math.PI) / 180) && pose.pitch < -20) return pose;
  const turn = (pose.heading * Math.PI) / 180;
  const back = NEAR * Math.cos((PITCH * Math.PI) / 180);
  const [lon, lat] = placer({ lon: spot.lon, lat: spot.lat, height: 0 }).unplace(-back * Math.sin(turn), -back * Math.cos(turn), 0, new Float64Array(3));
  return { lon, lat, height: spot.height + NEAR * Math.sin((-PITCH * Math.PI) / 180), heading: pose.heading, pitch: PITCH, roll: 0 };
}

/** Goes below the ground or comes back out, as one change that undo takes back: ground and buildings become see-through and the view tilts; what they were is kept in the scene. */
export function undergroundPatch(document: SceneDocument, spot: Spot): Patch {
  const layers = Object.entries(document.layers);
  if (isUnderground(document)) {
    const before = (document.tools.underground?.opacities ?? {}) as Record<string, number>;
    return [
      ...layers.filter(([id, { type }]) => type === 'ground' || id in before).flatMap(([id]) => [
        { op: 'replace' as const, path: `/layers/${id}/opacity`, value: before[id] ?? 1 }, { op: 'replace' as const, path: `/layers/${id}/visible`, value: true },
      ]),
      ...(document.tools.underground ? [{ op: 'remove' as const, path: '/tools/underground' }] : []),
    ];
  }
  const seen = layers.filter(([, { type }]) => type === 'ground' || type === 'tiles');
  const pipes = layers.filter(([, { type, visible }]) => type === 'pipeline' && !visible);
  return [
    { op: 'add', path: '/tools/underground', value: { opacities: Object.fromEntries(seen.map(([id, { opacity }]) => [id, opacity])) } },
    ...seen.map(([id, { type, opacity }]) => ({ op: 'replace' as const, path: `/layers/${id}/opacity`, value: Math.min(opacity, type === 'ground' ? GROUND : BUILDINGS) })),
    ...pipes.map(([id]) => ({ op: 'replace' as const, path: `/layers/${id}/visible`, value: true })),
    { op: 'replace', path: '/camera', value: viewBelow(document.camera, spot) },
  ];
}

/** Goes below the ground, or comes back out. The ground's height where one looks is the terrain's. */
export async function toggleUnderground({ twin, catalogues }: Pick<PageUi, 'twin' | 'catalogues'>): Promise<void> {
  const level = lookedAt(twin.document.camera, 0);
  const url = Object.values(twin.document.layers).find(({ type }) => type === 'pipeline')?.url;
  const city = await catalogues.of(url);
  const dem = city?.layers.terrain?.dem;
  const [height] = dem && url ? (await twin.analyse('heights', { dem: new URL(dem, new URL(url, location.href)).href, places: [level.lon, level.lat] })).heights : [0];
  twin.apply(undergroundPatch(twin.document, lookedAt(twin.document.camera, Number.isFinite(height) ? height : 0)), { by: 'underground' });
}

/** The bar's button; there only where something lies below the ground. */
export function undergroundButton(part: Part<PageUi>): HTMLElement {
  const { ui } = part;
  const { words, twin } = ui;
  const button = h('button', { class: 'icon', type: 'button', label: words.say('bar.underground'), onclick: () => void toggleUnderground(ui) }, icon('underground'));
  const group = h('div', { class: 'group' }, button);
  const draw = (): void => {
    group.hidden = !Object.values(twin.document.layers).some(({ type }) => type === 'pipeline');
    button.disabled = twin.backend.canvas === null || !twin.backend.can.underground;
    button.setAttribute('aria-pressed', String(isUnderground(twin.document)));
  };
  draw();
  listen(part, twin.on('state', draw));
  listen(part, twin.on('backend', draw));
  return group;
}
