import type { Progress, Stage } from '../convert.ts';
import type { Terminal } from './terminal.ts';

const names: Readonly<Record<Stage, string>> = {
  read: 'reading the inputs',
  ground: 'standing buildings on the ground',
  tiles: 'building 3D Tiles',
  companions: 'writing companions',
  terrain: 'building terrain',
  parts: 'writing points and pictures',
  finish: 'finishing',
};

/** Seconds before a time left is worth saying, between two plain lines, and between two redrawn ones. */
const FIRST = 3;
const PLAIN = 10;
const REDRAW = 0.1;
/** Seconds over which the pace is smoothed. */
const SMOOTH = 8;

export interface ProgressLine {
  show(progress: Progress): void;
  end(): void;
}

/**
 * On a terminal one line that is redrawn: share, stage, pace, time left. Elsewhere plain lines, one at the start and then at most one every ten seconds.
 * @param now milliseconds
 */
export function progressLine(terminal: Pick<Terminal, 'err' | 'redraw' | 'columns'>, now: () => number = () => performance.now()): ProgressLine {
  const clock = new Pace(now() / 1000);
  let drawn = 0;
  let last = -Infinity;
  let stage: Stage | undefined;
  let latest: Progress | undefined;
  let beat: NodeJS.Timeout | undefined;
  const line: ProgressLine = {
    show(progress) {
      const at = now() / 1000;
      latest = progress;
      // A long step says nothing of its own: that it goes on is said for it.
      beat ??= setInterval(() => latest && line.show(latest), PLAIN * 500).unref();
      clock.take(progress, at);
      const due = terminal.redraw ? REDRAW : PLAIN;
      // A new stage is worth a line of its own only where it takes no place.
      const fresh = terminal.redraw && progress.stage !== stage;
      if (at - last < due && !fresh) return;
      last = at;
      stage = progress.stage;
      const words = [names[progress.stage] ?? progress.stage, clock.pace(), clock.left()].filter(Boolean).join(', ');
      const share = `${String(Math.floor(progress.overall * 100)).padStart(terminal.redraw ? 3 : 0)} %`;
      if (!terminal.redraw) return terminal.err(`${share} ${words}\n`);
      const text = bar(progress.overall, `${share} ${words}`, terminal.columns);
      terminal.err(`\r${text.padEnd(drawn)}`);
      drawn = text.length;
    },
    end() {
      clearInterval(beat);
      beat = undefined;
      latest = undefined;
      if (drawn > 0) terminal.err(`\r${' '.repeat(drawn)}\r`);
      drawn = 0;
    },
  };
  return line;
}

/** How fast it goes and how long it will take, smoothed; honest: nothing is said before there is something to go by. */
class Pace {
  #at: number;
  #overall = 0;
  #perSecond = 0;
  #stage: Stage | undefined;
  #stageAt = 0;
  #stageDone = 0;
  #done: { value: number; unit: NonNullable<Progress['unit']> } | undefined;
  #now: number;

  constructor(private readonly started: number) {
    this.#at = started;
    this.#now = started;
  }

  take({ stage, overall, done, unit }: Progress, at: number): void {
    this.#now = at;
    if (stage !== this.#stage) [this.#stage, this.#stageAt, this.#stageDone] = [stage, at, done ?? 0];
    this.#done = done === undefined || unit === undefined ? undefined : { value: done, unit };
    const passed = at - this.#at;
    if (passed < 0.25) return;
    const pace = Math.max(0, overall - this.#overall) / passed;
    const weight = this.#perSecond === 0 ? 1 : 1 - Math.exp(-passed / SMOOTH);
    this.#perSecond += (pace - this.#perSecond) * weight;
    [this.#at, this.#overall] = [at, overall];
  }

  pace(): string {
    const passed = this.#now - this.#stageAt;
    if (!this.#done || passed < 1) return '';
    const rate = (this.#done.value - this.#stageDone) / passed;
    if (!(rate > 0)) return '';
    return this.#done.unit === 'bytes' ? `${(rate / 1e6).toFixed(rate < 1e7 ? 1 : 0)} MB/s` : `${grouped(rate)} ${this.#done.unit}/s`;
  }

  left(): string {
    const passed = this.#now - this.started;
    if (passed < FIRST || this.#overall < 0.02 || this.#overall >= 1) return '';
    // The pace of the last seconds and that of the whole run, half and half: stages differ in speed.
    const whole = this.#overall / passed;
    const pace = (whole + (this.#perSecond || whole)) / 2;
    return `${duration((1 - this.#overall) / pace)} left`;
  }
}

/** `8 s`, `2 min 10 s`, `1 h 5 min`: as exact as a guess can be. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90) return `${Math.round(seconds / 5) * 5} s`;
  if (seconds < 3600) {
    const tens = Math.round(seconds / 10);
    return `${Math.floor(tens / 6)} min${tens % 6 > 0 && seconds < 600 ? ` ${(tens % 6) * 10} s` : ''}`;
  }
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 > 0 ? ` ${minutes % 60} min` : ''}`;
}

function grouped(rate: number): string {
  return (rate < 100 ? Number(rate.toPrecision(2)) : Math.round(rate)).toLocaleString('en');
}

function bar(share: number, words: string, columns: number): string {
  const width = Math.max(10, Math.min(30, columns - 60));
  const full = Math.round(Math.min(1, share) * width);
  const text = `[${'█'.repeat(full)}${'░'.repeat(width - full)}] ${words}`;
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`;
}
