import type { Light, LightName } from './backend.ts';
import type { SceneDocument } from './document.ts';
import { lightAt } from './drawing/light.ts';

/** Degrees the sun moves before the light is set anew: a map with painted shadows is painted again for it. */
const STEP = 1.5;

/** The light of a scene: one of the presets, or what the clock says. */
export class Daylight {
  #now: Light;
  readonly #presets: Readonly<Record<LightName, Light>>;

  constructor(presets: Readonly<Record<LightName, Light>>, document: SceneDocument, time: number) {
    this.#presets = presets;
    this.#now = this.#of(document, time);
  }

  get now(): Light {
    return this.#now;
  }

  /** @returns whether the light is another than before */
  follow(document: SceneDocument, time: number): boolean {
    const next = this.#of(document, time);
    if (document.light === 'clock' && this.#presets[this.#now.name] !== this.#now && near(next, this.#now)) return false;
    const changed = next !== this.#now;
    this.#now = next;
    return changed;
  }

  #of({ light, at }: SceneDocument, time: number): Light {
    return light === 'clock' ? lightAt(time, at[0], at[1]) : this.#presets[light];
  }
}

function near(a: Light, b: Light): boolean {
  const turned = Math.abs(((a.sun.azimuth - b.sun.azimuth + 540) % 360) - 180);
  return turned < STEP && Math.abs(a.sun.altitude - b.sun.altitude) < STEP && Math.abs(a.night - b.night) < 0.03;
}
