import type { LayerDocument, Stage } from '#engine';
import type { Backend } from '../../engine/backend.ts';
import { clipMatrix, project } from '#geo';
import { imagery, type ImageryOptions } from '../../layers/imagery/imagery.ts';
import { ImageryLayer } from '../../layers/imagery/imagery-layer.ts';
import { above, HERE, type Finding, type Rgb } from './case.ts';
import type { Reader } from './ground-cases.ts';

/** Colours north-west, north-east, south-west, south-east of HERE. */
export const QUARTERS: readonly Rgb[] = [[200, 80, 70], [80, 160, 90], [70, 100, 190], [210, 180, 70]];

/** The same picture in every way a service may cut it; the address counts from the tile server. */
const SERVICES: readonly (readonly [name: string, options: ImageryOptions])[] = [
  ['XYZ', { url: '/xyz/{z}/{x}/{y}.png' }],
  ['TMS', { url: '/tms/{z}/{x}/{-y}.png' }],
  ['WMTS, RESTful, by its capabilities', { url: '/wmts/1.0.0/WMTSCapabilities.xml' }],
  ['shifted by GCJ-02', { url: '/gcj/{z}/{x}/{y}.png', datum: 'gcj02' }],
  ['cut in degrees', { url: '/degrees/{z}/{x}/{y}.png', grid: 'degrees', levels: [13, 16] }],
];

async function attached(backend: Backend, options: ImageryOptions, origin: string, signal: AbortSignal, say: (message: string) => void): Promise<ImageryLayer> {
  const document: LayerDocument = { title: { zh: '影像', en: 'Imagery' }, visible: true, opacity: 1, order: 0, ...imagery({ levels: [14, 17], bounds: [HERE.lon - 0.03, HERE.lat - 0.03, HERE.lon + 0.03, HERE.lat + 0.03], ...options, url: origin + options.url }) };
  const stage = {
    id: 'imagery', backend, signal, document: () => ({ layers: { imagery: document } }), resolve: (reference: string) => new URL(reference, location.href).href,
    fetch: async (url: string) => {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${response.status} for ${url}`);
      return response.arrayBuffer();
    },
    status: () => {}, report: (error: Error) => say(error.message), changed: () => {}, requestFrame: () => backend.requestFrame(),
  };
  const layer = new ImageryLayer();
  await layer.attach(stage as unknown as Stage, document);
  return layer;
}

/** Every kind of service lies where it says, to a few metres, half transparent where asked, and goes again. */
export async function serviceFindings(backend: Backend, reader: Reader, origin: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const differ = (a: Rgb, b: Rgb): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
  const pixel = (east: number, north: number): [number, number] => {
    const { pose, frustum } = backend.view;
    const [x, y] = project(clipMatrix(HERE, pose, frustum, reader.size, reader.size), reader.size, reader.size, east, north, 0, new Float64Array(3));
    return [Math.floor(x), Math.floor(y)];
  };
  await backend.look(above(HERE));
  const empty = await reader.picture();
  for (const [name, options] of SERVICES) {
    const say = (probe: string, got: Rgb, wanted: Rgb | null, ok: boolean): void => { findings.push({ case: name, probe: `${name}: ${probe}`, got, wanted, ok }); };
    const ended = new AbortController();
    const asked = { last: performance.now(), open: 0 };
    const watched = new Proxy(backend, {
      get(target, key) {
        if (key !== 'imagery') return Reflect.get(target, key, target) as unknown;
        return (source: Parameters<Backend['imagery']>[0]) => target.imagery({ ...source, request: (...ask) => {
          asked.open++;
          return source.request(...ask).finally(() => { asked.open--; asked.last = performance.now(); });
        } });
      },
    });
    await attached(watched, options, origin, ended.signal, (message) => say(message, [0, 0, 0], null, false));
    await reader.settle(() => asked.open === 0 && performance.now() - asked.last > 600);
    const seen = await reader.picture();
    for (const [east, north, quarter] of [[-12, 12, 0], [12, 12, 1], [-12, -12, 2], [12, -12, 3], [-110, 90, 0], [110, -90, 3]]) {
      const got = seen(...pixel(east, north));
      say(`${east} m east, ${north} m north`, got, QUARTERS[quarter], differ(got, QUARTERS[quarter]) <= 48);
    }
    ended.abort();
    const gone = (await reader.picture())(...pixel(60, 60));
    say('gone', gone, empty(...pixel(60, 60)), differ(gone, empty(...pixel(60, 60))) <= 3);
  }
  return findings;
}
