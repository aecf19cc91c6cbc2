import { clipMatrix, placer, type Anchor } from '#geo';
import { ORDER, type Drawn, type MotionChange, type NearWish, type OpenFeed, type Stage } from '#engine';
import { paintBytes, VEHICLE_KINDS } from './vehicle-models.ts';

/** Milliseconds between two words to the worker of where the camera is. */
const SAY = 250;

/** What of a feed is shown as models: `most` at once, within so many metres of the eye. */
export function nearWish(most: number, within: number): NearWish {
  return { most, within, key: 'kind', kinds: VEHICLE_KINDS.map(({ id }) => id), paints: VEHICLE_KINDS[0].paints.length };
}

/** The nearest vehicles as models: a batch a kind, which the worker fills; it is told where the camera is while that changes. */
export class NearModels {
  #drawn: Drawn[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #said = '';

  constructor(private readonly stage: Stage, private readonly parts: { readonly anchor: Anchor; readonly wish: NearWish; readonly feed: OpenFeed; readonly staleAfter: number; readonly goneAfter: number }) {
    this.#timer = setInterval(() => this.#say(), SAY);
    this.#say();
  }

  /** New batches for a new epoch, empty until the worker says who is near. */
  reset(epoch: number): void {
    this.#clear();
    const { anchor, wish, staleAfter, goneAfter } = this.parts;
    const { most } = wish;
    this.#drawn = VEHICLE_KINDS.map(({ model, paints }) => this.stage.draw({
      kind: 'instances', anchor, epoch, order: ORDER.solid, ids: null, model, scale: 1, paints: paintBytes(paints),
      places: new Float32Array(3 * most), headings: new Float32Array(most), colours: new Uint8Array(4 * most),
      motion: { to: new Float32Array(3 * most), times: new Float32Array(2 * most), staleAfter, goneAfter },
    }));
    this.#said = '';
    this.#say();
  }

  write(kind: number, change: MotionChange): void {
    this.#drawn[kind]?.write(change);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #clear(): void {
    for (const drawn of this.#drawn) drawn.dispose();
    this.#drawn = [];
  }

  #say(): void {
    const { pose, frustum, width, height } = this.stage.backend.view;
    const said = JSON.stringify([pose, frustum, width, height]);
    if (said === this.#said) return;
    this.#said = said;
    const { anchor, feed } = this.parts;
    const eye = placer(anchor).place(pose.lon, pose.lat, pose.height, new Float64Array(3));
    feed.watch({ clip: clipMatrix(anchor, pose, frustum, width, height), eye: [eye[0], eye[1], eye[2]] });
  }
}
