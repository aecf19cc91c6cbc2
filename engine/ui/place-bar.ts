import { h, listen, setLabel, type Part } from './element.ts';
import { formatLength, formatNumber, formatPlace } from './format.ts';
import { icon } from './icons.ts';
import { metresPerPixel, scaleMark } from './scale.ts';

/** Place under the pointer, and how long the scale bar is. The surface is asked for ten times a second at most. */
export function placeWidget(part: Part): void {
  const { ui, root, signal } = part;
  const { twin, words } = ui;
  const text = h('span', { label: words.say('place.pointer') });
  const bar = h('i');
  const length = h('span');
  const scale = h('span', { class: 'scale' }, length, bar);
  root.append(h('div', { class: 'place' }, text, scale));
  let ground = 0;
  const drawScale = (): void => {
    const { pose, frustum, height } = twin.backend.view;
    const perPixel = twin.backend.canvas ? metresPerPixel(pose, frustum.fov, height, ground) : null;
    scale.hidden = perPixel === null;
    if (perPixel === null) return;
    const mark = scaleMark(perPixel, 110);
    length.textContent = formatLength(mark.metres, words.language);
    bar.style.width = `${mark.pixels}px`;
    setLabel(scale, words.say('place.scale', { length: formatLength(mark.metres, words.language) }));
  };
  const probeGround = async (): Promise<void> => {
    const { width, height } = twin.backend.view;
    const hit = await twin.surfaceAt(width / 2, height / 2).catch(() => null);
    if (hit && !signal.aborted) {
      ground = hit.height;
      drawScale();
    }
  };
  drawScale();
  listen(part, twin.on('camera', ({ resting }) => { drawScale(); if (resting) void probeGround(); }));
  listen(part, twin.on('backend', drawScale));
  followPointer(part, (place) => {
    text.textContent = place ? `${formatPlace(place.lon, place.lat)}  ${formatNumber(place.height, words.language, 1)} m` : '';
  });
}

function followPointer(part: Part, show: (place: { lon: number; lat: number; height: number } | null) => void): void {
  const { ui: { twin }, signal } = part;
  let waiting: { x: number; y: number } | null = null;
  let busy = false;
  let pressed = false;
  const ask = async (): Promise<void> => {
    if (busy || !waiting) return;
    busy = true;
    const { x, y } = waiting;
    waiting = null;
    const place = await twin.surfaceAt(x, y).catch(() => null);
    if (!signal.aborted) show(place);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    busy = false;
    if (!signal.aborted) void ask();
  };
  // The canvas is another one after a change of backend or a lost context: the document hears for all of them.
  document.addEventListener('pointermove', (event) => {
    const { canvas } = twin.backend;
    if (!canvas || event.target !== canvas || pressed) return;
    const box = canvas.getBoundingClientRect();
    waiting = { x: event.clientX - box.left, y: event.clientY - box.top };
    void ask();
  }, { signal, passive: true });
  document.addEventListener('pointerdown', () => { pressed = true; }, { signal, capture: true });
  document.addEventListener('pointerup', () => { pressed = false; }, { signal, capture: true });
}

/** A needle that points north; pressed, it turns the camera there about the middle of the picture. */
export function northWidget(part: Part): void {
  const { ui, root } = part;
  const { twin, words } = ui;
  const needle = h('span', { class: 'needle' }, h('span', { text: words.say('place.northMark') }), icon('north'));
  const button = h('button', { class: 'compass', type: 'button', label: words.say('place.north'), onclick: () => void turnNorth(part) }, needle);
  root.append(button);
  const draw = (): void => {
    needle.style.rotate = `${-twin.backend.view.pose.heading}deg`;
  };
  draw();
  listen(part, twin.on('camera', draw));
  listen(part, twin.on('backend', draw));
}

async function turnNorth(part: Part): Promise<void> {
  const { twin } = part.ui;
  const { pose, width, height } = twin.backend.view;
  const middle = await twin.surfaceAt(width / 2, height / 2).catch(() => null);
  await twin.look(middle ? northOf(pose, middle) : { ...pose, heading: 0 }, 0.6);
}

type Pose = Part['ui']['twin']['backend']['view']['pose'];

/** The pose that looks north at the same place from the same distance: the eye stands south of the place, as far from its plumb line as before. */
export function northOf(pose: Pose, target: { lon: number; lat: number }): Pose {
  const perLat = 1 / Math.cos((target.lat * Math.PI) / 180);
  const east = (target.lon - pose.lon) / perLat;
  const north = target.lat - pose.lat;
  return { ...pose, lon: target.lon, lat: target.lat - Math.hypot(east, north), heading: 0, roll: 0 };
}
