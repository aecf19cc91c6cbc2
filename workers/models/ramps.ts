import type { RampScheme } from './colour-rule.ts';

/**
 * Perceptually even ramps as eleven control points each, 0 … 255 sRGB, from low to high; between them linear.
 * @source viridis, magma: van der Walt and Smith 2015 (CC0); cividis: Nuñez, Anderton, Renslow 2018 (CC0); blues and reds: own, even steps of CIE L*
 */
const POINTS: Readonly<Record<RampScheme, readonly string[]>> = {
  viridis: ['#440154', '#482475', '#414487', '#355f8d', '#2a788e', '#21918c', '#22a884', '#44bf70', '#7ad151', '#bddf26', '#fde725'],
  cividis: ['#00224e', '#0d346b', '#35456c', '#50576c', '#666970', '#7c7b78', '#948e77', '#aea371', '#c8b866', '#e5cf52', '#fee838'],
  magma: ['#000004', '#140e36', '#3b0f70', '#641a80', '#8c2981', '#b73779', '#de4968', '#f7705c', '#fe9f6d', '#fecf92', '#fcfdbf'],
  blues: ['#eef4fb', '#dbe7f4', '#c6d8ec', '#adc8e3', '#92b6d9', '#76a3ce', '#5b8fc1', '#427bb2', '#2c67a0', '#1b538b', '#0f3f73'],
  reds: ['#fdf0ec', '#fadfd7', '#f5cbbf', '#efb4a4', '#e89c88', '#df836d', '#d36853', '#c34e3d', '#ae362c', '#952120', '#780f18'],
};

/** A ramp sampled at 256 steps: [3 · 256] bytes. */
export function rampTable(scheme: RampScheme): Uint8Array {
  const points = POINTS[scheme] ?? POINTS.viridis;
  const table = new Uint8Array(3 * 256);
  for (let step = 0; step < 256; step++) {
    const at = (step / 255) * (points.length - 1);
    const low = Math.min(points.length - 2, Math.floor(at));
    const share = at - low;
    for (let channel = 0; channel < 3; channel++) {
      const from = Number.parseInt(points[low].slice(1 + channel * 2, 3 + channel * 2), 16);
      const to = Number.parseInt(points[low + 1].slice(1 + channel * 2, 3 + channel * 2), 16);
      table[step * 3 + channel] = Math.round(from + (to - from) * share);
    }
  }
  return table;
}

/** Colour of a ramp at a share 0 … 1 of its length, as '#rrggbb'. */
export function rampColour(scheme: RampScheme, share: number): string {
  const table = rampTable(scheme);
  const step = Math.max(0, Math.min(255, Math.round(share * 255))) * 3;
  return `#${[0, 1, 2].map((channel) => table[step + channel].toString(16).padStart(2, '0')).join('')}`;
}
