import type { Issue } from '../../../engine/errors.ts';

/** Why a surface of the chosen level is not drawn. */
export type SurfaceFault = 'surface without area' | 'surface with broken coordinates' | 'surface that cannot be cut into triangles';

const codes: Readonly<Record<SurfaceFault, readonly [code: string, severity: Issue['severity']]>> = {
  'surface without area': ['surface-without-area', 'info'],
  'surface with broken coordinates': ['broken-surface', 'error'],
  'surface that cannot be cut into triangles': ['uncut-surface', 'warning'],
};

/** Counts the surfaces of one file: every one is drawn, or stands under a reason. */
export class SurfaceTally {
  drawn = 0;
  /** Outlines, areas and reference geometry: read, but no part of a body. */
  flat = 0;
  /** Surfaces of levels of detail below the one drawn. */
  coarser = 0;
  /** Surfaces inside a building: rooms, furniture. */
  interior = 0;
  /** The same surface once more. */
  repeated = 0;
  readonly lods = new Set<string>();
  readonly #faults = new Map<SurfaceFault, { count: number; first: string }>();

  fault(fault: SurfaceFault, where: string): void {
    const seen = this.#faults.get(fault);
    if (seen) seen.count++;
    else this.#faults.set(fault, { count: 1, first: where });
  }

  faults(fault: SurfaceFault): number {
    return this.#faults.get(fault)?.count ?? 0;
  }

  get total(): number {
    let sum = this.drawn + this.flat + this.coarser + this.interior + this.repeated;
    for (const { count } of this.#faults.values()) sum += count;
    return sum;
  }

  /** One issue for what was read and drawn, one for each reason against. */
  report(file: string, issues: Issue[]): void {
    for (const [fault, { count, first }] of this.#faults) {
      const [code, severity] = codes[fault];
      issues.push({ code, severity, message: `${file}: ${count === 1 ? `one ${fault}` : `${count} times a ${fault}`}, first ${first}; left out. Mend it there, or export the file again.`, path: first, count });
    }
    if (this.total === 0) return;
    const parts = [`${this.drawn} drawn`, this.flat > 0 && `${this.flat} as outlines, areas or points`, this.coarser > 0 && `${this.coarser} of coarser levels`, this.interior > 0 && `${this.interior} inside buildings`, this.repeated > 0 && `${this.repeated} repeated`];
    for (const [fault, { count }] of this.#faults) parts.push(`${count} ${fault}`);
    issues.push({ code: 'surfaces', severity: 'info', message: `${file}: ${this.total} surfaces read: ${parts.filter(Boolean).join(', ')}.`, count: this.total });
  }
}
