import type { Progress, Stage } from '../convert.ts';
import type { Terminal } from './terminal.ts';

const names: Readonly<Record<Stage, string>> = {
  read: 'reading the inputs',
  ground: 'standing buildings on the ground',
  tiles: 'building 3D Tiles',
  companions: 'writing companions',
  terrain: 'building terrain',
  finish: 'finishing',
};

/** A bar that is redrawn on a terminal; elsewhere one plain line a stage and a quarter. */
export function progressLine(terminal: Pick<Terminal, 'err' | 'redraw' | 'columns'>): { show(progress: Progress): void; end(): void } {
  let last = '';
  let drawn = false;
  return {
    show({ stage, fraction, overall }) {
      const text = terminal.redraw ? bar(overall, names[stage], terminal.columns) : `${names[stage]}: ${Math.floor(fraction * 4) * 25} %`;
      if (text === last) return;
      last = text;
      drawn = terminal.redraw;
      terminal.err(terminal.redraw ? `\r${text}` : `${text}\n`);
    },
    end() {
      if (drawn) terminal.err(`\r${' '.repeat(last.length)}\r`);
      drawn = false;
    },
  };
}

function bar(share: number, what: string, columns: number): string {
  const width = Math.max(10, Math.min(40, columns - 48));
  const full = Math.round(share * width);
  return `[${'█'.repeat(full)}${'░'.repeat(width - full)}] ${String(Math.floor(share * 100)).padStart(3)} % ${what.padEnd(32)}`;
}
