import { placer, type Pose } from '#geo';
import type { Reading, Twin } from '#engine';
import type { TrafficResult } from './result.ts';

/** From where a vehicle is looked at while it is followed. */
export interface FollowOptions {
  /** Metres behind it and above it. */
  readonly behind?: number;
  readonly above?: number;
  /** Hears that it ended: by the user's hand, because the vehicle is gone, or because it was stopped. */
  readonly onEnd?: (why: 'user' | 'gone' | 'stopped') => void;
}

type Followed = Pick<Twin, 'result' | 'backend' | 'look'>;

/** Milliseconds between two questions where it is. */
const ASK = 100;
/** Seconds within which the camera has come two thirds of the way to where it belongs, and to the vehicle's heading. */
const EASE = { place: 0.25, heading: 0.9 };
/** Seconds without a place after which it counts as gone. */
const GONE = 6;
/** Seconds that a place is carried on with its own speed. */
const AHEAD = 0.5;

/**
 * Lets the camera follow one vehicle of a traffic layer, from behind and above, until somebody touches the map, it is gone, or what is returned is called.
 * @returns ends it
 */
export function follow(twin: Followed, layer: string, id: string, options: FollowOptions = {}): () => void {
  const { behind = 45, above = 22, onEnd } = options;
  const ended = new AbortController();
  const end = (why: 'user' | 'gone' | 'stopped'): void => {
    if (ended.signal.aborted) return;
    ended.abort();
    // Only now the document learns where the camera is: not sixty times a second.
    void twin.look(twin.backend.view.pose, 0);
    onEnd?.(why);
  };
  const { canvas } = twin.backend;
  for (const event of ['pointerdown', 'wheel', 'keydown', 'touchstart']) {
    canvas?.addEventListener(event, () => end('user'), { signal: ended.signal, passive: true });
  }
  const chase = new Chase(twin.backend.view.pose, behind, above);
  let seen = performance.now();
  const ask = setInterval(() => {
    const result = twin.result(layer) as TrafficResult | null;
    const asked = performance.now();
    void (result?.vehicle(id) ?? Promise.resolve(null)).catch(() => null).then((reading) => {
      if (ended.signal.aborted) return;
      if (reading?.lon !== null && reading?.lon !== undefined && !reading.stale) {
        seen = performance.now();
        chase.at(reading, (asked + seen) / 2000);
      } else if (performance.now() - seen > GONE * 1000) end('gone');
    });
  }, ASK);
  ended.signal.addEventListener('abort', () => clearInterval(ask), { once: true });
  let before = performance.now();
  const frame = (): void => {
    if (ended.signal.aborted) return;
    const now = performance.now();
    const pose = chase.pose(now / 1000, (now - before) / 1000);
    before = now;
    if (pose) {
      twin.backend.view.pose = pose;
      twin.backend.requestFrame();
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  return () => end('stopped');
}

/** The camera's way after something that moves: it knows places now and then, and is asked each frame. */
export class Chase {
  /** Metres of the anchor at the first place. */
  private ground: ReturnType<typeof placer> | null = null;
  private readonly last = { time: 0, x: 0, y: 0, z: 0, vx: 0, vy: 0 };
  private wanted = 0;
  private readonly shown = { x: 0, y: 0, z: 0, heading: 0 };

  constructor(private readonly start: Pose, private readonly behind: number, private readonly above: number) {}

  /** A place at a time in seconds. */
  at(reading: Pick<Reading, 'lon' | 'lat' | 'height' | 'heading'>, time: number): void {
    const { lon, lat, height, heading } = reading;
    if (lon === null || lat === null) return;
    const first = !this.ground;
    this.ground ??= placer({ lon, lat, height: height ?? 0 });
    const [x, y, z] = this.ground.place(lon, lat, height ?? 0, new Float64Array(3));
    const { last, shown } = this;
    const seconds = time - last.time;
    const moved = first || seconds <= 0 ? 0 : Math.hypot(x - last.x, y - last.y);
    Object.assign(last, { time, x, y, z, vx: first || seconds <= 0 ? 0 : (x - last.x) / seconds, vy: first || seconds <= 0 ? 0 : (y - last.y) / seconds });
    if (first) Object.assign(shown, { x, y, z, heading: heading ?? this.start.heading });
    else if (moved > 0.3) this.wanted = (Math.atan2(last.vx, last.vy) * 180) / Math.PI;
    if (first) this.wanted = shown.heading;
  }

  /** Where the camera is `step` seconds after the last frame; null before the first place. */
  pose(now: number, step: number): Pose | null {
    const { ground, last, shown } = this;
    if (!ground) return null;
    const ahead = Math.min(AHEAD, Math.max(0, now - last.time));
    const share = (ease: number): number => 1 - Math.exp(-Math.max(0, step) / ease);
    const near = share(EASE.place);
    shown.x += (last.x + last.vx * ahead - shown.x) * near;
    shown.y += (last.y + last.vy * ahead - shown.y) * near;
    shown.z += (last.z - shown.z) * near;
    shown.heading += ((((this.wanted - shown.heading + 180) % 360) + 360) % 360 - 180) * share(EASE.heading);
    const [sin, cos] = [Math.sin((shown.heading * Math.PI) / 180), Math.cos((shown.heading * Math.PI) / 180)];
    const [lon, lat, height] = ground.unplace(shown.x - sin * this.behind, shown.y - cos * this.behind, shown.z + this.above, new Float64Array(3));
    return { lon, lat, height, heading: ((shown.heading % 360) + 360) % 360, pitch: (-Math.atan2(this.above - 1, this.behind) * 180) / Math.PI, roll: 0 };
  }
}
