/** Colours of the ground map. The city is quiet: land and blocks lie close together in lightness, nothing is saturated. */
export interface GroundPalette {
  readonly land: string;
  readonly areas: Readonly<Record<string, string>>;
  /** Edge of land towards water, deep water along the middle, light water along the shore. */
  readonly bank: string;
  readonly shallow: string;
  readonly canopy: readonly string[];
  readonly furrow: string;
  readonly grain: number;
  /** 0 … 1: how dark the ground is at the foot of a wall. */
  readonly contact: number;
  readonly pavement: string;
  readonly casing: string;
  readonly bridge: string;
  readonly roads: Readonly<Record<string, string>>;
  readonly centre: string;
  readonly lane: string;
  /** Light that roads shed around them at night: colour by class; null by day. */
  readonly glow: Readonly<Record<string, string>> | null;
}

const DAY: GroundPalette = {
  land: '#d4d2cb',
  areas: {
    land: '#d4d2cb', residential: '#d9d6ce', commercial: '#ddd7cb', industrial: '#cfcfcc', public: '#dad6d2', square: '#e1ddd4',
    farmland: '#d0d1b6', green: '#bfcdab', forest: '#a9bd98', water: '#a1bac7',
  },
  bank: '#c9c6b6', shallow: '#b6ccd5', canopy: ['#9fb58b', '#b0c39c', '#8fa87d'], furrow: '#c6c8a8', grain: 0.03, contact: 0.3,
  pavement: '#dedad2', casing: '#b9b4a9', bridge: '#9d988e',
  roads: {
    motorway: '#f3e3bf', trunk: '#f5e8ca', primary: '#f7eedb', secondary: '#f6f2e7', tertiary: '#f3f1ea', residential: '#efede6', service: '#e6e3db', path: '#d6cdb8', rail: '#a3a09b',
  },
  centre: '#d8c08a', lane: '#d3cdc0', glow: null,
};

/** Drawn to be dimmed: the light of the night multiplies it, so only roads come near white. */
const NIGHT: GroundPalette = {
  land: '#5d636c',
  areas: {
    land: '#5d636c', residential: '#656a71', commercial: '#6d6a68', industrial: '#5c6169', public: '#676468', square: '#74706a',
    farmland: '#555c57', green: '#4e5b53', forest: '#445149', water: '#2b3d51',
  },
  bank: '#545a60', shallow: '#38506a', canopy: ['#46544b', '#56645a', '#3d4a42'], furrow: '#4d544e', grain: 0.03, contact: 0.42,
  pavement: '#71747a', casing: '#474b52', bridge: '#3b3f46',
  roads: {
    motorway: '#ffcf87', trunk: '#ffd596', primary: '#ffdba6', secondary: '#f3dcb8', tertiary: '#cfc3ae', residential: '#a9a59c', service: '#8a8a88', path: '#7b7a77', rail: '#50545b',
  },
  centre: '#ffe9c2', lane: '#fff3dc',
  glow: { motorway: '#ff9d3c', trunk: '#ff9f42', primary: '#ffa64e', secondary: '#f0a45c', tertiary: '#b98a5c' },
};

export function groundPalette(name: 'day' | 'night'): GroundPalette {
  return name === 'night' ? NIGHT : DAY;
}
