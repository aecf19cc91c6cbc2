import { placer, type ClipRegion, type Patch, type Pose, type SceneDocument, type Twin } from 'citymirror';

export const SHAPES = ['plane', 'box', 'polygon'] as const;
export type Shape = (typeof SHAPES)[number];

interface Place { readonly lon: number; readonly lat: number; readonly height: number }

/** The region that the panel works on, the first of the scene's; put by, it waits among the tools. */
export interface ShownClip {
  readonly region: ClipRegion;
  readonly on: boolean;
}

export function shownClip({ clip, tools }: SceneDocument): ShownClip | null {
  if (clip?.[0]) return { region: clip[0], on: true };
  const off = (tools.clip as { off?: ClipRegion } | undefined)?.off;
  return off && SHAPES.includes(off.kind) ? { region: off, on: false } : null;
}

/** The patch that makes a region the panel's, cutting or put by; null takes it away. Other regions of the scene stay. */
function patchTo(document: SceneDocument, region: ClipRegion | null, on: boolean): Patch {
  const rest = document.clip?.slice(1) ?? [];
  const clip = region && on ? [region, ...rest] : rest;
  const none: Patch = document.clip ? [{ op: 'remove', path: '/clip' }] : [];
  return [
    ...(clip.length > 0 ? [{ op: 'add' as const, path: '/clip', value: clip }] : none),
    { op: 'add', path: '/tools/clip', value: region && !on ? { off: region } : {} },
  ];
}

/** @throws TwinError `bad-document` for a region that cannot be */
export function setClip(twin: Pick<Twin, 'document' | 'apply'>, region: ClipRegion | null, { on = true, undo = true } = {}): void {
  twin.apply(patchTo(twin.document, region, on), { by: 'clip', undo });
}

/** Degrees to the centimetre. */
const settled = (degrees: number): number => Number(degrees.toFixed(7));

function offset(from: Place, east: number, north: number, up: number): Place {
  const [lon, lat, height] = placer(from).unplace(east, north, up, new Float64Array(3));
  return { lon: settled(lon), lat: settled(lat), height: Math.round(height * 100) / 100 };
}

/** Where a region stands: a ring by its middle. */
export function placeOf(region: ClipRegion): Place {
  if (region.kind !== 'polygon') return { lon: region.lon, lat: region.lat, height: region.height };
  const mean = (axis: 0 | 1): number => region.ring.reduce((sum, corner) => sum + corner[axis], 0) / region.ring.length;
  return { lon: settled(mean(0)), lat: settled(mean(1)), height: 0 };
}

/** A region of a shape at a place, to begin with: a plane that shows its section to the viewer, a box or ring of 100 m whose inside goes. */
export function firstRegion(shape: Shape, place: Place, pose: Pick<Pose, 'heading'>): ClipRegion {
  const at = offset(place, 0, 0, 0);
  const heading = Math.round(pose.heading) % 360;
  if (shape === 'plane') return { kind: 'plane', ...at, heading: (heading + 180) % 360, pitch: 0, of: 'tiles' };
  if (shape === 'box') return { kind: 'box', ...at, size: [100, 100, 200], heading, keep: 'outside', of: 'all' };
  const ring = [[-50, -50], [50, -50], [50, 50], [-50, 50]].map(([east, north]) => offset(at, east, north, 0)).map(({ lon, lat }) => [lon, lat] as const);
  return { kind: 'polygon', ring, keep: 'outside', of: 'all' };
}

/** A number of a region that the panel moves; `home` is where moves count from. */
export interface Field {
  readonly key: 'along' | 'east' | 'north' | 'height' | 'sizeEast' | 'sizeNorth' | 'sizeUp' | 'heading' | 'pitch';
  readonly min: number;
  readonly max: number;
  readonly unit: 'm' | '°';
  read(region: ClipRegion, home: Place): number;
  write(region: ClipRegion, value: number, home: Place): ClipRegion;
}

/** Unit vector east, north, up of a plane's direction. */
function direction({ heading, pitch }: { heading: number; pitch: number }): readonly [number, number, number] {
  const [h, p] = [(heading * Math.PI) / 180, (pitch * Math.PI) / 180];
  return [Math.sin(h) * Math.cos(p), Math.cos(h) * Math.cos(p), Math.sin(p)];
}

/** Metres east, north, up of a region's place from its home. */
function moved(region: ClipRegion, home: Place): Float64Array {
  const { lon, lat, height } = placeOf(region);
  return placer(home).place(lon, lat, height, new Float64Array(3));
}

const turn = (key: 'heading' | 'pitch', min: number, max: number): Field => ({
  key, min, max, unit: '°',
  read: (region) => (region.kind === 'polygon' ? 0 : key === 'heading' ? region.heading : region.kind === 'plane' ? region.pitch : 0),
  write: (region, value) => ({ ...region, [key]: value }) as ClipRegion,
});

const side = (key: 'sizeEast' | 'sizeNorth' | 'sizeUp', axis: 0 | 1 | 2): Field => ({
  key, min: 1, max: 500, unit: 'm',
  read: (region) => (region.kind === 'box' ? region.size[axis] : 0),
  write: (region, value) => (region.kind === 'box' ? { ...region, size: region.size.map((each, i) => (i === axis ? value : each)) as [number, number, number] } : region),
});

const shift = (key: 'east' | 'north', axis: 0 | 1): Field => ({
  key, min: -300, max: 300, unit: 'm',
  read: (region, home) => moved(region, home)[axis],
  write(region, value, home) {
    const [east, north, up] = moved(region, home);
    return { ...region, ...offset(home, axis === 0 ? value : east, axis === 1 ? value : north, up) } as ClipRegion;
  },
});

const along: Field = {
  key: 'along', min: -300, max: 300, unit: 'm',
  read(region, home) {
    if (region.kind !== 'plane') return 0;
    const [at, to] = [moved(region, home), direction(region)];
    return at[0] * to[0] + at[1] * to[1] + at[2] * to[2];
  },
  write(region, value, home) {
    if (region.kind !== 'plane') return region;
    const [east, north, up] = direction(region);
    return { ...region, ...offset(home, east * value, north * value, up * value) };
  },
};

const height: Field = { key: 'height', min: -200, max: 700, unit: 'm', read: (region) => (region.kind === 'box' ? region.height : 0), write: (region, value) => ({ ...region, height: value }) as ClipRegion };

/** What of a shape can be moved by numbers; a ring is drawn. */
export const FIELDS: Readonly<Record<Shape, readonly Field[]>> = {
  plane: [along, turn('heading', 0, 360), turn('pitch', -90, 90)],
  box: [shift('east', 0), shift('north', 1), height, side('sizeEast', 0), side('sizeNorth', 1), side('sizeUp', 2), turn('heading', 0, 360)],
  polygon: [],
};
