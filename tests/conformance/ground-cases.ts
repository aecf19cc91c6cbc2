import { clipMatrix, project } from '#geo';
import type { Backend, DrawnTiles, ImagerySource } from '../../engine/backend.ts';
import { HERE, type Finding, type Rgb } from './case.ts';
import { QUARTERS } from './imagery-cases.ts';

/** How a page draws and reads: a picture of `size` × `size` CSS pixels once everything has come. */
export interface Reader {
  readonly size: number;
  settle(done: () => boolean): Promise<void>;
  picture(): Promise<(x: number, y: number) => Rgb>;
}

const differ = (a: Rgb, b: Rgb): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

function pixel(backend: Backend, size: number, east: number, north: number, up: number): [number, number] {
  const { pose, frustum } = backend.view;
  const [x, y] = project(clipMatrix(HERE, pose, frustum, size, size), size, size, east, north, up, new Float64Array(3));
  return [Math.floor(x), Math.floor(y)];
}

/** Middle of a roof of the small city's grid, and its height. */
function roof(i: number, j: number): { id: string; at: [number, number, number] } {
  return { id: `b${i}_${j}`, at: [i * 80 + 35, j * 80 + 30, 9 + ((i * i * 7 + j * j * 13) % 60)] };
}

/** Buildings of a tileset: their properties, colour by rule, hiding, and back. */
export async function tileFindings(backend: Backend, reader: Reader, url: string, features: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const say = (probe: string, ok: boolean, got: Rgb = [0, 0, 0], wanted: Rgb | null = null): void => { findings.push({ case: 'tiles', probe, got, wanted, ok }); };
  const empty = await reader.picture();
  const tiles: DrawnTiles = await backend.tiles({ url, features, order: 300, onIssue: (error) => say(error.message, false) });
  await reader.settle(() => tiles.progress.complete);
  const roofs = [roof(0, 0), roof(1, -1), roof(-1, 0)].map((each) => ({ ...each, pixel: pixel(backend, reader.size, ...each.at) }));
  const plain = await reader.picture();
  const numbers: number[] = [];
  for (const { id, at, pixel: [x, y] } of roofs) {
    const hit = await backend.surfaceAt(x + 0.5, y + 0.5);
    numbers.push(hit?.feature?.number ?? -1);
    say(`${id} is found under its roof`, hit?.feature?.properties.id === id && hit.feature.tiles === tiles);
    say(`the roof of ${id} is at its height`, Math.abs((hit?.height ?? NaN) - at[2]) < 0.5);
    say(`${id} is painted`, differ(plain(x, y), empty(x, y)) > 3, plain(x, y));
  }
  const width = Math.min(1024, features);
  const data = new Uint8Array(4 * width * Math.ceil(features / width));
  for (let i = 0; i < features; i++) data[4 * i + 3] = 1;
  data.set([230, 30, 30, 255], 4 * numbers[0]);
  data[4 * numbers[1] + 3] = 0;
  tiles.style({ width, height: Math.ceil(features / width), data });
  const styled = await reader.picture();
  const [coloured, hidden, own] = roofs.map((each) => each.pixel);
  const red = styled(...coloured);
  say('coloured by its texel', red[0] > 170 && red[1] < 90 && red[2] < 90, red, [230, 30, 30]);
  say('hidden by alpha 0', differ(styled(...hidden), empty(...hidden)) <= 3, styled(...hidden), empty(...hidden));
  say('alpha 1 keeps its own look', differ(styled(...own), plain(...own)) <= 2, styled(...own), plain(...own));
  const through = await backend.surfaceAt(hidden[0] + 0.5, hidden[1] + 0.5);
  say('what is hidden is not hit', through !== null && through.feature === null && Math.abs(through.height) < 1);
  tiles.style(null);
  const back = await reader.picture();
  say('without a style all is as before', differ(back(...coloured), plain(...coloured)) <= 2 && differ(back(...hidden), plain(...hidden)) <= 2, back(...coloured), plain(...coloured));
  tiles.visible = false;
  const invisible = await reader.picture();
  say('invisible', differ(invisible(...coloured), empty(...coloured)) <= 3, invisible(...coloured), empty(...coloured));
  tiles.dispose();
  return findings;
}

/** A picture that is another colour in each quarter around HERE, painted at whatever level is asked for. */
function quarters(asked: () => void): ImagerySource {
  return {
    bounds: [HERE.lon - 0.03, HERE.lat - 0.03, HERE.lon + 0.03, HERE.lat + 0.03], minLevel: 11, maxLevel: 18, tileSize: 256, order: 0,
    async request(level, x, y) {
      asked();
      const canvas = new OffscreenCanvas(256, 256);
      const pen = canvas.getContext('2d')!;
      const tiles = 2 ** level;
      const middleX = ((HERE.lon / 360 + 0.5) * tiles - x) * 256;
      const middleY = ((0.5 - Math.asinh(Math.tan((HERE.lat * Math.PI) / 180)) / (2 * Math.PI)) * tiles - y) * 256;
      const [cutX, cutY] = [middleX, middleY].map((value) => Math.max(0, Math.min(256, value)));
      const boxes: [number, number, number, number][] = [[0, 0, cutX, cutY], [cutX, 0, 256 - cutX, cutY], [0, cutY, cutX, 256 - cutY], [cutX, cutY, 256 - cutX, 256 - cutY]];
      boxes.forEach((box, i) => {
        pen.fillStyle = `rgb(${QUARTERS[i].join(' ')})`;
        pen.fillRect(...box);
      });
      return canvas.transferToImageBitmap();
    },
  };
}

/** A picture on the ground lies where it says, to a few metres, and goes again. */
export async function imageryFindings(backend: Backend, reader: Reader): Promise<Finding[]> {
  const findings: Finding[] = [];
  const say = (probe: string, got: Rgb, wanted: Rgb, tolerance: number): void => { findings.push({ case: 'imagery', probe, got, wanted, ok: differ(got, wanted) <= tolerance }); };
  const empty = await reader.picture();
  let last = performance.now();
  const placed = backend.imagery(quarters(() => { last = performance.now(); }));
  await reader.settle(() => performance.now() - last > 700);
  const seen = await reader.picture();
  // Twelve metres from the seams: two pixels, and the picture's own levels.
  const places: [number, number, number][] = [[-12, 12, 0], [12, 12, 1], [-12, -12, 2], [12, -12, 3], [-110, 90, 0], [110, -90, 3]];
  for (const [east, north, quarter] of places) say(`${east} m east, ${north} m north`, seen(...pixel(backend, reader.size, east, north, 0)), QUARTERS[quarter], 48);
  placed.visible = false;
  const without = await reader.picture();
  const spot = pixel(backend, reader.size, 60, 60, 0);
  say('invisible', without(...spot), empty(...spot), 3);
  placed.dispose();
  return findings;
}
