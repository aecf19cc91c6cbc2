import type { PlacedModel } from '../stages/model-place.ts';
import type { ModelPlaces } from '../tileset/models.ts';
import { FeatureColumns, type FeatureIndex } from './feature-columns.ts';

/** A storey as the catalogue lists it: which model it is of, how high it lies, what is on it. */
export interface StoreyEntry {
  /** Unique through all models; the column `storeyId` has it. '' as `name` where the entry is what lies on no storey. */
  readonly id: string;
  readonly name: string;
  /** Metres above the model's own zero; null for what lies on no storey. */
  readonly elevation: number | null;
  /** Index into the catalogue's models. */
  readonly model: number;
  readonly count: number;
  /** Elements by class. */
  readonly classes: Readonly<Record<string, number>>;
}

/** properties.json: how properties.bin is read. */
export interface PropertiesIndex {
  readonly version: 1;
  readonly count: number;
  /** uint32 little endian [count + 1] at the start of properties.bin; each feature's JSON lies from `data` + its start. */
  readonly data: number;
  readonly bytes: number;
}

const storeyId = (model: number, id: string): string => (model === 0 ? id : `${model + 1}/${id}`);
const noStorey = (model: number): string => storeyId(model, '-');

/** Every storey of every model, lowest first, with what stands on it; then what stands on none. */
export function storeysOf(models: readonly PlacedModel[]): StoreyEntry[] {
  return models.flatMap(({ table: { features, storeys } }, model) => {
    const classes = Array.from({ length: storeys.length + 1 }, (): Record<string, number> => ({}));
    for (let row = 0; row < features.count; row++) {
      const own = classes.at(features.storey[row])!;
      own[features.class[row]] = (own[features.class[row]] ?? 0) + 1;
    }
    const entry = (id: string, name: string, elevation: number | null, counts: Record<string, number>): StoreyEntry => ({ id, name, elevation, model, count: Object.values(counts).reduce((sum, n) => sum + n, 0), classes: counts });
    const rest = classes[storeys.length];
    return [...storeys.map(({ id, name, elevation }, k) => entry(storeyId(model, id), name, Math.round(elevation * 1000) / 1000, classes[k])), ...(Object.keys(rest).length > 0 ? [entry(noStorey(model), '', null, rest)] : [])];
  });
}

/** models/features.json and .bin: one row a feature, through all models. */
export function encodeModelFeatures(models: readonly PlacedModel[], places: readonly ModelPlaces[]): { index: FeatureIndex; bytes: Uint8Array } {
  const texts = (pick: (model: PlacedModel['table'], row: number, index: number) => string): string[] => models.flatMap(({ table }, index) => Array.from({ length: table.features.count }, (_, row) => pick(table, row, index)));
  const boxes = places.flatMap((place, k) => place.boxes.map((box) => ({ box, place, anchor: models[k].anchor })));
  const middles = boxes.map(({ box: { min, max }, place }) => place.frame.placer.unplace((min[0] + max[0]) / 2, (min[1] + max[1]) / 2, min[2], [0, 0, 0]));
  const count = boxes.length;
  return new FeatureColumns()
    .texts('id', texts(({ features }, row) => features.id[row]))
    .texts('name', texts(({ features }, row) => features.name[row]))
    .words('class', texts(({ features }, row) => features.class[row]))
    .words('type', texts(({ features }, row) => features.type[row]))
    .words('material', texts(({ features }, row) => features.material[row]))
    .words('storey', texts(({ features, storeys }, row) => storeys[features.storey[row]]?.name ?? ''))
    .words('storeyId', texts(({ features, storeys }, row, model) => (features.storey[row] < 0 ? noStorey(model) : storeyId(model, storeys[features.storey[row]].id))))
    .words('model', texts(({ name }) => name))
    .numbers('height', Float32Array.from(boxes, ({ box }) => box.max[2] - box.min[2]))
    .numbers('base', Float32Array.from(boxes, ({ box, anchor }) => anchor.height + box.min[2]))
    .numbers('lon', Float64Array.from(middles, (middle) => middle[0]))
    .numbers('lat', Float64Array.from(middles, (middle) => middle[1]))
    .done(count);
}

/** models/properties.json and .bin: property sets and quantities of each feature, one range of bytes each. */
export function encodeProperties(models: readonly PlacedModel[]): { index: PropertiesIndex; bytes: Uint8Array } {
  const count = models.reduce((sum, { table }) => sum + table.features.count, 0);
  const size = models.reduce((sum, { table }) => sum + table.properties.bytes.length, 0);
  const data = (count + 1) * 4;
  const bytes = new Uint8Array(data + size);
  const view = new DataView(bytes.buffer);
  let row = 0;
  let at = 0;
  for (const { table } of models) {
    const { starts, bytes: own } = table.properties;
    for (let k = 0; k < table.features.count; k++) view.setUint32(row++ * 4, at + starts[k], true);
    bytes.set(own, data + at);
    at += own.length;
  }
  view.setUint32(row * 4, at, true);
  return { index: { version: 1, count, data, bytes: data + size }, bytes };
}
