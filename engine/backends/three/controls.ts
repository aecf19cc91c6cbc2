import { DEGREE, fromEcef, placer, type Pose } from '#geo';
import type { View } from '../../backend.ts';
import { onEllipsoid, rayAt } from './ray.ts';

/** What the controls move, and what they ask. */
export interface ControlsOptions {
  readonly canvas: HTMLCanvasElement;
  readonly view: View;
  /** What lies under a pixel: lon, lat, height; null for the sky. */
  readonly under: (x: number, y: number) => readonly [number, number, number] | null;
  /** Height of the ground below a place, for keeping the eye above it. */
  readonly groundHeight: (lon: number, lat: number) => number;
  /** Whether the eye may go below the ground. */
  readonly through: () => boolean;
  readonly moved: (resting: boolean) => void;
  readonly signal: AbortSignal;
}

type Place = readonly [number, number, number];

/** Milliseconds without input after which the camera counts as resting. */
const REST = 160;
const CLEARANCE = 1.6;
const ZOOM_A_NOTCH = 0.86;
const FARTHEST = 2e7;
/** Metres from a see-through ground at which the wheel goes on through it, and metres a notch from there. */
const DIVE = 15;
const STRIDE = 2.5;
/** Steepest look up, degrees: from below the ground one wants to see what is overhead. */
const UPWARDS = 20;
const UPWARDS_BELOW = 89.9;

/** Drag moves the ground, right drag (or Ctrl) turns about what is under the pointer, the wheel goes towards it; two fingers do all three; arrows, + and − too. */
export class Controls {
  readonly #options: ControlsOptions;
  readonly #fingers = new Map<number, { x: number; y: number }>();
  #grabbed: Place | null = null;
  #turning = false;
  #wheelAt: { x: number; y: number; until: number; target: Place | null } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ControlsOptions) {
    this.#options = options;
  }

  /** Listens until the signal ends it. */
  listen(): void {
    const { canvas, signal } = this.#options;
    canvas.style.touchAction = 'none';
    if (!canvas.hasAttribute('tabindex')) canvas.tabIndex = 0;
    canvas.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    canvas.addEventListener('pointermove', (event) => this.#move(event), { signal });
    for (const type of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(type, (event) => this.#up(event), { signal });
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
    canvas.addEventListener('keydown', (event) => this.#key(event), { signal });
    signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
  }

  #at(event: MouseEvent): { x: number; y: number } {
    const box = this.#options.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #changed(): void {
    this.#options.moved(false);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#fingers.size === 0) this.#options.moved(true);
    }, REST);
  }

  #down(event: PointerEvent): void {
    const at = this.#at(event);
    this.#fingers.set(event.pointerId, at);
    if (this.#fingers.size > 2) return;
    this.#options.canvas.setPointerCapture(event.pointerId);
    this.#turning = event.button === 2 || event.button === 1 || event.ctrlKey;
    const middle = this.#middle();
    this.#grabbed = this.#options.under(middle.x, middle.y) ?? (this.#turning ? this.#ahead() : null);
  }

  #up(event: PointerEvent): void {
    if (!this.#fingers.delete(event.pointerId)) return;
    if (this.#fingers.size === 1) {
      const [rest] = this.#fingers.values();
      this.#grabbed = this.#options.under(rest.x, rest.y);
    }
    if (this.#fingers.size === 0 && this.#timer !== undefined) {
      this.#grabbed = null;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#options.moved(true);
    }
  }

  #move(event: PointerEvent): void {
    const last = this.#fingers.get(event.pointerId);
    if (!last) return;
    const at = this.#at(event);
    if (this.#fingers.size === 1) {
      this.#fingers.set(event.pointerId, at);
      if (this.#turning) this.#turn((at.x - last.x) * 0.3, (at.y - last.y) * 0.22);
      else this.#drag(at.x, at.y);
    } else {
      const other = [...this.#fingers].find(([id]) => id !== event.pointerId)![1];
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      const now = Math.hypot(at.x - other.x, at.y - other.y);
      const angle = Math.atan2(at.y - other.y, at.x - other.x) - Math.atan2(last.y - other.y, last.x - other.x);
      this.#fingers.set(event.pointerId, at);
      if (this.#grabbed && before > 8 && now > 8) this.#towards(this.#grabbed, 1 - before / now);
      this.#turn(-Math.atan2(Math.sin(angle), Math.cos(angle)) / DEGREE, 0);
      const middle = this.#middle();
      this.#drag(middle.x, middle.y);
    }
    this.#changed();
  }

  #middle(): { x: number; y: number } {
    const all = [...this.#fingers.values()];
    return { x: all.reduce((sum, each) => sum + each.x, 0) / all.length, y: all.reduce((sum, each) => sum + each.y, 0) / all.length };
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const { x, y } = this.#at(event);
    const now = performance.now();
    const known = this.#wheelAt;
    const target = known && now < known.until && Math.hypot(known.x - x, known.y - y) < 4 ? known.target : this.#options.under(x, y);
    this.#wheelAt = { x, y, until: now + 400, target };
    const notches = Math.max(-4, Math.min(4, -event.deltaY / (event.deltaMode === 1 ? 3 : 100)));
    if (!this.#dive(target, notches, x, y)) this.#towards(target ?? this.#ahead(), 1 - ZOOM_A_NOTCH ** notches);
    this.#changed();
  }

  /** Near a see-through ground, or below it, the wheel goes along the view: nothing there ends the way. */
  #dive(target: Place | null, notches: number, x: number, y: number): boolean {
    const { view, through, groundHeight } = this.#options;
    if (!through()) return false;
    const { pose } = view;
    const below = pose.height < groundHeight(pose.lon, pose.lat);
    const local = placer({ lon: pose.lon, lat: pose.lat, height: pose.height });
    if (!below && (!target || notches < 0 || Math.hypot(...local.place(target[0], target[1], target[2], new Float64Array(3))) > DIVE)) return false;
    const { direction, origin } = rayAt(view, x, y);
    const [lon, lat, height] = fromEcef(...(direction.map((value, i) => origin[i] + value * notches * STRIDE) as unknown as [number, number, number]), new Float64Array(3));
    this.#set({ ...pose, lon, lat, height });
    return true;
  }

  #key(event: KeyboardEvent): void {
    const { view } = this.#options;
    const step = view.height * 0.08;
    const steps: Record<string, readonly [number, number]> = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const middle = { x: view.width / 2, y: view.height / 2 };
    if (event.key in steps && event.shiftKey) {
      this.#grabbed = this.#options.under(middle.x, middle.y) ?? this.#ahead();
      this.#turn(steps[event.key][0] * 0.1, -steps[event.key][1] * 0.1);
    } else if (event.key in steps) {
      this.#grabbed = this.#options.under(middle.x, middle.y) ?? this.#ahead();
      this.#drag(middle.x + steps[event.key][0], middle.y + steps[event.key][1]);
    } else if (event.key === '+' || event.key === '=') this.#towards(this.#options.under(middle.x, middle.y) ?? this.#ahead(), 1 - ZOOM_A_NOTCH);
    else if (event.key === '-') this.#towards(this.#options.under(middle.x, middle.y) ?? this.#ahead(), 1 - 1 / ZOOM_A_NOTCH);
    else return;
    event.preventDefault();
    this.#changed();
  }

  /** A place some way ahead, where the sky is under the pointer. */
  #ahead(): Place {
    const { pose } = this.#options.view;
    const reach = Math.max(200, pose.height * 3);
    const local = placer({ lon: pose.lon, lat: pose.lat, height: 0 });
    const [lon, lat] = local.unplace(Math.sin(pose.heading * DEGREE) * reach, Math.cos(pose.heading * DEGREE) * reach, 0, new Float64Array(3));
    return [lon, lat, this.#options.groundHeight(lon, lat)];
  }

  /** Moves the eye so that the grabbed place lies under the pixel. */
  #drag(x: number, y: number): void {
    const { view } = this.#options;
    if (!this.#grabbed) return;
    const hit = onEllipsoid(rayAt(view, x, y), this.#grabbed[2]);
    if (!hit) return;
    const local = placer({ lon: this.#grabbed[0], lat: this.#grabbed[1], height: this.#grabbed[2] });
    const geographic = fromEcef(hit[0], hit[1], hit[2], new Float64Array(3));
    const [east, north] = local.place(geographic[0], geographic[1], geographic[2], new Float64Array(3));
    const limit = Math.max(50, (view.pose.height - this.#grabbed[2]) * 4);
    const scale = Math.min(1, limit / Math.max(Math.hypot(east, north), 1e-9));
    this.#shift(-east * scale, -north * scale);
  }

  #shift(east: number, north: number): void {
    const { pose } = this.#options.view;
    const [lon, lat] = placer({ lon: pose.lon, lat: pose.lat, height: pose.height }).unplace(east, north, 0, new Float64Array(3));
    this.#set({ ...pose, lon, lat });
  }

  /** Goes a share of the way to a place; negative goes away from it. */
  #towards(target: Place, share: number): void {
    const { pose } = this.#options.view;
    const local = placer({ lon: target[0], lat: target[1], height: target[2] });
    const eye = local.place(pose.lon, pose.lat, pose.height, new Float64Array(3));
    const distance = Math.hypot(...eye);
    if (share > 0 && distance < 3) return;
    if (share < 0 && distance * (1 - share) > FARTHEST) return;
    const [lon, lat, height] = local.unplace(eye[0] * (1 - share), eye[1] * (1 - share), eye[2] * (1 - share), new Float64Array(3));
    this.#set({ ...pose, lon, lat, height });
  }

  /** Turns about the grabbed place: heading and pitch in degrees. */
  #turn(byHeading: number, byPitch: number): void {
    const { pose } = this.#options.view;
    const pivot = this.#grabbed ?? this.#ahead();
    const local = placer({ lon: pivot[0], lat: pivot[1], height: pivot[2] });
    const [east, north, up] = local.place(pose.lon, pose.lat, pose.height, new Float64Array(3));
    const pitch = Math.max(-89.9, Math.min(this.#options.through() ? UPWARDS_BELOW : UPWARDS, pose.pitch - byPitch));
    const heading = (((pose.heading + byHeading) % 360) + 360) % 360;
    const before = pose.heading * DEGREE;
    // Along the view and across it, then about the level axis across it, then about the vertical.
    const along = east * Math.sin(before) + north * Math.cos(before);
    const across = east * Math.cos(before) - north * Math.sin(before);
    const tilt = (pitch - pose.pitch) * DEGREE;
    const tilted = along * Math.cos(tilt) - up * Math.sin(tilt);
    const raised = up * Math.cos(tilt) + along * Math.sin(tilt);
    const after = heading * DEGREE;
    const [lon, lat, height] = local.unplace(tilted * Math.sin(after) + across * Math.cos(after), tilted * Math.cos(after) - across * Math.sin(after), raised, new Float64Array(3));
    this.#set({ ...pose, lon, lat, height, heading, pitch });
  }

  #set(pose: Pose): void {
    const { view, groundHeight } = this.#options;
    const floor = groundHeight(pose.lon, pose.lat) + CLEARANCE;
    const above = !this.#options.through() && view.pose.height >= floor - 2 * CLEARANCE;
    view.pose = { ...pose, height: above ? Math.max(pose.height, floor) : pose.height };
  }
}
