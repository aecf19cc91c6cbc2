/** Roof shapes that are built; any other is flat. @source OSM wiki, Key:roof:shape */
export const ROOF_SHAPES = ['flat', 'gabled', 'hipped', 'half-hipped', 'pyramidal', 'skillion', 'gambrel', 'mansard', 'dome', 'onion', 'round', 'saltbox', 'cone'] as const;
export type RoofShape = (typeof ROOF_SHAPES)[number];

/** (where, height) in turn of rising where; height 0…1. */
export type Profile = readonly (readonly [number, number])[];

/** Across the ridge, from −1 at one long side to 1 at the other. */
export const acrossProfiles: Readonly<Partial<Record<RoofShape, Profile>>> = {
  gabled: [[-1, 0], [0, 1], [1, 0]],
  gambrel: [[-1, 0], [-0.6, 0.68], [0, 1], [0.6, 0.68], [1, 0]],
  saltbox: [[-1, 0], [0.35, 1], [1, 0]],
  skillion: [[-1, 0], [1, 1]],
  // Half a circle, eight flats of equal angle.
  round: Array.from({ length: 9 }, (_, k) => [-Math.cos((k * Math.PI) / 8), Math.sin((k * Math.PI) / 8)] as const),
};

/** From the edge (0) in to the deepest place (1). */
export const inwardProfiles: Readonly<Partial<Record<RoofShape, Profile>>> = {
  hipped: [[0, 0], [1, 1]],
  mansard: [[0, 0], [0.35, 0.72], [1, 1]],
};

/** From the edge (radius 1) in to the middle (radius 0): (radius, height) in turn from below. The onion stays within its outline. */
export const turnedProfiles: Readonly<Partial<Record<RoofShape, Profile>>> = {
  pyramidal: [[1, 0], [0, 1]],
  cone: [[1, 0], [0, 1]],
  dome: Array.from({ length: 7 }, (_, k) => [k === 6 ? 0 : Math.cos((k * Math.PI) / 12), Math.sin((k * Math.PI) / 12)] as const),
  onion: [[1, 0], [0.78, 0.03], [0.9, 0.12], [0.96, 0.22], [0.9, 0.34], [0.7, 0.46], [0.42, 0.58], [0.2, 0.7], [0.08, 0.84], [0, 1]],
};

/** Height of a profile, straight between its points. */
export function heightAt(profile: Profile, where: number): number {
  for (let i = 1; i < profile.length; i++) {
    const [a, low] = profile[i - 1];
    const [b, high] = profile[i];
    if (where <= b) return where <= a ? low : low + ((where - a) / (b - a)) * (high - low);
  }
  return profile[profile.length - 1][1];
}
