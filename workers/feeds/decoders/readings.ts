import { qualityNumber } from '../../models/reading-quality.ts';
import { NO_VALUE } from '../history.ts';
import { addValue, type Decoder } from './draft.ts';
import { isFields } from './fields.ts';
import { guardedJson } from './json.ts';
import { follow, read, type Paths } from './mapping.ts';

/** Value name under which a reading's `quality` is kept, as a number of models/reading-quality. */
export const QUALITY = 'quality';

const SENSOR: Paths = {
  id: ['id'],
  time: ['t'],
  count: { seq: ['seq'], source: ['source'], epoch: ['epoch'] },
  numbers: (['lon', 'lat', 'height', 'speed', 'heading'] as const).map((part) => ({ part, path: [part], needed: false })),
  values: [],
  open: new Set(['id', 't', 'lon', 'lat', 'height', 'speed', 'heading', 'seq', 'epoch']),
};

/**
 * `{ id, t, values: { name: number | null, … }, quality?, lon?, lat?, height?, seq?, source?, epoch? }`, or a list of them: what stations measure. Numbers beside the known fields are values
 * too. `null` says that the station has no such value now, a name left out says nothing: the value before it stands. `quality` is a word of models/reading-quality.
 */
export const readings: Decoder = (bytes, at, sink) => {
  const parsed = guardedJson(bytes);
  if ('code' in parsed) return sink.reject(parsed.code, parsed.message);
  for (const item of Array.isArray(parsed.value) ? parsed.value : [parsed.value]) {
    if (!read(item, { paths: SENSOR, at, around: null }, sink)) continue;
    const inner = follow(item, ['values']);
    if (isFields(inner)) {
      for (const [name, value] of Object.entries(inner)) {
        if (typeof value === 'number' && Number.isFinite(value)) addValue(sink.draft, name, value);
        else if (value === null) addValue(sink.draft, name, NO_VALUE);
      }
    }
    const quality = follow(item, ['quality']);
    if (typeof quality === 'string') addValue(sink.draft, QUALITY, qualityNumber(quality));
    sink.accept();
  }
};
