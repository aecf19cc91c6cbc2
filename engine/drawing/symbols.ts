import { TwinError } from '../errors.ts';

/** A symbol of the one family: a filled body with a dark halo, and a mark on it. Distances are in units of half its size, y up. */
export interface Symbol {
  /** GLSL expression of `vec2 p`: signed distance to the body. */
  readonly body: string;
  /** GLSL expression of `vec2 p`: signed distance to what is drawn on the body in white; null for none. */
  readonly mark: string | null;
  /** Half the side of a square around the body, turned any way. */
  readonly extent: number;
  /** Where the place lies, up from the middle of the body (−1: a pin's tip). */
  readonly foot: number;
  /** Turned so that its top points along the motion. */
  readonly turns: boolean;
  /** Drawn through what stands before it: something a person must not miss. */
  readonly onTop: boolean;
}

const plain = { mark: null, extent: 1, foot: 0, turns: false, onTop: false };

/** Shared distance functions of the symbols. */
export const SYMBOL_PARTS = `
float box(vec2 p, vec2 half_, float round_) { vec2 d = abs(p) - half_ + round_; return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - round_; }
float segment(vec2 p, vec2 a, vec2 b) { vec2 ab = b - a; return length(p - a - ab * clamp(dot(p - a, ab) / dot(ab, ab), 0.0, 1.0)); }
float arrowhead(vec2 p) { vec2 q = vec2(abs(p.x), p.y); return max(max(dot(q - vec2(0.0, 1.0), vec2(0.894, 0.447)), -0.85 - q.y), -dot(q - vec2(0.0, -0.45), vec2(0.45, 0.893)) - (q.y > -0.45 ? 9.0 : 0.0)); }
float car(vec2 p) { return max(box(p, vec2(0.46, 0.95), 0.3), dot(vec2(abs(p.x), p.y) - vec2(0.46, 0.45), vec2(0.86, 0.51))); }
float triangle(vec2 p) { vec2 q = vec2(abs(p.x), p.y); return max(dot(q - vec2(0.0, 0.95), vec2(0.88, 0.475)), -0.8 - q.y) - 0.08; }
float hexagon(vec2 p) { vec2 q = abs(p); return max(q.x * 0.866 + q.y * 0.5, q.y) - 0.86; }
float shield(vec2 p) { vec2 q = vec2(abs(p.x), p.y); return max(max(q.x - 0.84, q.y - 0.9), dot(q - vec2(0.0, -1.05), vec2(0.66, -0.75))) ; }
float drop(vec2 p) { vec2 q = vec2(abs(p.x), p.y + 0.2); return min(length(q) - 0.42, max(dot(q - vec2(0.0, 0.9), vec2(0.88, 0.47)), -q.y + 0.16)); }
float star(vec2 p) { float a = mod(atan(p.x, p.y) + 0.6283, 1.2566) - 0.6283; return length(p) * cos(abs(a) - 0.6283) - 0.3 + 0.2 * abs(a); }
float cross_(vec2 p, float reach, float half_) { vec2 q = abs(p); return min(max(q.x - half_, q.y - reach), max(q.y - half_, q.x - reach)); }
float pin(vec2 p) { vec2 q = vec2(abs(p.x), p.y - 0.3); return min(length(q) - 0.7, max(dot(q - vec2(0.0, -1.3), vec2(0.84, -0.54)) , q.y + 0.36)); }
`;

const symbols: Readonly<Record<string, Symbol>> = {
  dot: { ...plain, body: 'length(p) - 1.0' },
  ring: { ...plain, body: 'abs(length(p) - 0.75) - 0.25' },
  square: { ...plain, body: 'box(p, vec2(0.85), 0.15)' },
  diamond: { ...plain, body: '(abs(p.x) + abs(p.y) - 1.0) * 0.7071' },
  triangle: { ...plain, body: 'triangle(p)', extent: 1.1 },
  arrow: { ...plain, body: 'car(p)', turns: true },
  heading: { ...plain, body: 'arrowhead(p)', turns: true },
  pin: { ...plain, body: 'pin(p)', mark: 'length(p - vec2(0.0, 0.3)) - 0.28', foot: -1, onTop: true },
  hospital: { ...plain, body: 'box(p, vec2(0.88), 0.2)', mark: 'cross_(p, 0.6, 0.2)' },
  clinic: { ...plain, body: 'length(p) - 0.95', mark: 'cross_(p, 0.48, 0.15)' },
  school: { ...plain, body: 'length(p) - 0.95', mark: 'min((abs(p.x) * 0.5 + abs(p.y - 0.16) - 0.34) * 0.89, max(box(p - vec2(0.0, -0.25), vec2(0.36, 0.2), 0.1), -0.06 - (0.16 - p.y - abs(p.x) * 0.5)))' },
  police: { ...plain, body: 'shield(p)', mark: 'star((p - vec2(0.0, 0.1)) * 1.1)', extent: 1.1 },
  government: { ...plain, body: 'box(p, vec2(0.88), 0.2)', mark: 'star(p * 0.85)' },
  fire: { ...plain, body: 'box(p, vec2(0.88), 0.2)', mark: 'max(drop((p - vec2(0.0, -0.05)) * 0.92), 0.2 - length(p - vec2(0.0, -0.42)))' },
  hydrant: { ...plain, body: 'length(p) - 0.95', mark: 'min(box(p - vec2(0.0, -0.08), vec2(0.24, 0.52), 0.14), box(p - vec2(0.0, 0.06), vec2(0.5, 0.13), 0.05))' },
  camera: { ...plain, body: 'box(p, vec2(0.88), 0.2)', mark: 'min(box(p - vec2(-0.16, 0.0), vec2(0.38, 0.29), 0.08), max(abs(p.y) - 0.62 * (p.x - 0.14), p.x - 0.6))' },
  bus: { ...plain, body: 'box(p, vec2(0.88), 0.2)', mark: 'min(max(box(p - vec2(0.0, 0.05), vec2(0.48, 0.5), 0.16), -box(p - vec2(0.0, 0.18), vec2(0.32, 0.17), 0.04)), box(vec2(abs(p.x), p.y) - vec2(0.3, -0.52), vec2(0.11, 0.12), 0.04))' },
  train: { ...plain, body: 'length(p) - 0.95', mark: 'min(max(box(p - vec2(0.0, 0.14), vec2(0.4, 0.46), 0.24), -box(p - vec2(0.0, 0.26), vec2(0.25, 0.14), 0.05)), segment(vec2(abs(p.x), p.y), vec2(0.2, -0.36), vec2(0.44, -0.6)) - 0.07)' },
  signals: { ...plain, body: 'box(p, vec2(0.5, 0.95), 0.3)', mark: 'min(length(p) - 0.2, length(vec2(p.x, abs(p.y) - 0.56)) - 0.2)' },
  park: { ...plain, body: 'length(p) - 0.95', mark: 'min(length(p - vec2(0.0, 0.18)) - 0.42, box(p - vec2(0.0, -0.42), vec2(0.09, 0.24), 0.02))' },
  air: { ...plain, body: 'hexagon(p)', mark: 'max(abs(abs(p.y + 0.1 * sin(p.x * 5.2)) - 0.22) - 0.09, abs(p.x) - 0.52)', onTop: true },
  water: { ...plain, body: 'hexagon(p)', mark: 'drop(p * 0.95)', onTop: true },
  noise: { ...plain, body: 'hexagon(p)', mark: 'min(box(p, vec2(0.09, 0.52), 0.05), min(box(vec2(abs(p.x) - 0.28, p.y), vec2(0.09, 0.32), 0.05), box(vec2(abs(p.x) - 0.54, p.y), vec2(0.08, 0.14), 0.05)))', onTop: true },
  alarm: { ...plain, body: 'abs(length(p) - 0.86) - 0.14', onTop: true },
  alert: { ...plain, body: 'triangle(p)', mark: 'min(segment(p, vec2(0.0, 0.3), vec2(0.0, -0.15)) - 0.1, length(p - vec2(0.0, -0.48)) - 0.12)', extent: 1.1, onTop: true },
};

/** Every symbol's name. */
export const symbolNames: readonly string[] = Object.keys(symbols);

/** A symbol by its name. @throws TwinError `bad-input` for a name that is none. */
export function symbolOf(name: string): Symbol {
  const found = symbols[name];
  if (!found) throw new TwinError('bad-input', `There is no symbol "${name}"; there are ${symbolNames.join(', ')}.`);
  return found;
}

/** Width of the dark halo in CSS pixels. */
export const HALO = 1;

/** GLSL `vec4 symbol(vec2 p, vec4 colour, float unit)`: the symbol at `p`, `unit` = device pixels in half its size, `halo` in device pixels. */
export function symbolShader(symbol: Symbol): string {
  const mark = symbol.mark ? `colour.rgb = mix(colour.rgb, vec3(1.0), clamp(0.5 - (${symbol.mark}) * unit, 0.0, 1.0));` : '';
  return `${SYMBOL_PARTS}
vec4 symbol(vec2 p, vec4 colour, float unit, float halo) {
  float d = (${symbol.body}) * unit;
  float inside = clamp(0.5 - d, 0.0, 1.0);
  float around = clamp(0.5 + halo - d, 0.0, 1.0);
  vec3 rim = colour.rgb * 0.22;
  ${mark}
  float rimAlpha = around * 0.6;
  float alpha = inside + rimAlpha * (1.0 - inside);
  return vec4((colour.rgb * inside + rim * rimAlpha * (1.0 - inside)) / max(alpha, 0.001), colour.a * alpha);
}`;
}
