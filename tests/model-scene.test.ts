import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SceneDocument } from '#engine';
import { bim } from '../layers/tiles/bim.ts';
import { parsePlace } from '../tiles-pipeline/cli/place.ts';
import { convert, type Converted } from '../tiles-pipeline/convert.ts';
import { headlessTwin, settled } from './headless-twin.ts';
import { describeShared, shared } from './shared.ts';
import { folderLoader } from './small-city.ts';

const ADDRESS = 'http://city.test/model/';
let folder: string;
let made: Converted;

describeShared('a scene with a building model', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'citymirror-model-'));
    made = await convert({ inputs: [shared('data/bim/ifc4/IfcOpenHouse_IFC4.ifc'), shared('data/bim/cjk-names/ac16_unicode.ifc')], out: join(folder, 'city'), places: [parsePlace('113.94,22.53,5,0')] });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('one storey is shown alone, undone, and found again in the shared document', async () => {
    const { storeys, count } = made.catalogue.layers.models!;
    // The second model stands by its own site, so only the first was placed by hand.
    expect(made.catalogue.layers.models!.models.map(({ name, georeferenced }) => [name, georeferenced])).toEqual([['IfcOpenHouse_IFC4', false], ['ac16_unicode', true]]);
    const layer = { title: { zh: '模型', en: 'Model' }, visible: true, opacity: 1, order: 0, ...bim({ url: `${ADDRESS}city.json` }) };
    const document = { version: 1, title: { zh: '', en: '' }, at: [113.94, 22.53], camera: { lon: 113.94, lat: 22.529, height: 60, heading: 0, pitch: -30, roll: 0 }, clock: { mode: 'paused', time: 0, at: 0, rate: 1 }, light: 'day', layers: { model: layer }, selection: null, tools: {} } as SceneDocument;
    const { twin, backend, problems } = await headlessTwin({ document, page: ADDRESS, files: folderLoader(join(folder, 'city'), ADDRESS) });
    const hidden = (): number => {
      const { texture } = backend.tilesets[0];
      return texture ? Array.from({ length: count }, (_, n) => texture.data[n * 4 + 3]).filter((alpha) => alpha === 0).length : 0;
    };
    await settled(() => twin.status('model')?.count === count);
    expect(hidden()).toBe(0);
    const first = storeys.find(({ name }) => name === '1階')!;
    const others = storeys.filter(({ model, id }) => model === first.model && id !== first.id).reduce((sum, storey) => sum + storey.count, 0);
    twin.apply([{ op: 'add', path: '/layers/model/options', value: { storey: { id: first.id, show: 'only' } } }]);
    await settled(() => hidden() === others);
    expect(others).toBeGreaterThan(0);
    expect(twin.status('model')?.count).toBe(count - others);
    twin.undo();
    await settled(() => hidden() === 0);
    twin.redo();
    await settled(() => hidden() === others);
    expect(JSON.parse(JSON.stringify(twin.document.layers.model.options))).toEqual({ storey: { id: first.id, show: 'only' } });
    expect(problems).toEqual([]);
    await twin.dispose();
  });
});
