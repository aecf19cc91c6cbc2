import { FakeTwin } from '../../engine/ui/testing/fake-twin.ts';
import { placer, type Twin } from 'citymirror';
import { describe, expect, test } from 'vitest';
import { FIELDS, firstRegion, placeOf, setClip, SHAPES, shownClip } from './clip.ts';

const place = { lon: 117.49, lat: 30.66, height: 12 };
const twinOf = (): Twin & FakeTwin => new FakeTwin() as unknown as Twin & FakeTwin;

describe('the cut of the planner', () => {
  test.each(SHAPES)('a first %s is a document’s, is put by, comes back, and goes', (shape) => {
    const twin = twinOf();
    const region = firstRegion(shape, place, { heading: 200 });
    setClip(twin, region);
    expect(shownClip(twin.document)).toEqual({ region, on: true });
    setClip(twin, region, { on: false });
    expect(twin.document.clip).toBeUndefined();
    expect(shownClip(twin.document)).toEqual({ region, on: false });
    twin.undo();
    expect(twin.document.clip).toEqual([region]);
    setClip(twin, null);
    expect(shownClip(twin.document)).toBeNull();
  });

  test('other regions of the scene stay', () => {
    const twin = twinOf();
    const [plane, box] = [firstRegion('plane', place, { heading: 0 }), firstRegion('box', place, { heading: 0 })];
    twin.apply([{ op: 'add', path: '/clip', value: [box, plane] }]);
    setClip(twin, plane);
    expect(twin.document.clip).toEqual([plane, plane]);
    setClip(twin, null);
    expect(twin.document.clip).toEqual([plane]);
  });

  test.each(SHAPES.flatMap((shape) => FIELDS[shape].map((field) => [shape, field.key, field] as const)))('%s: %s reads what it wrote, in metres of its home', (shape, _, field) => {
    const region = firstRegion(shape, place, { heading: 37 });
    const value = field.min + (field.max - field.min) * 0.75;
    const next = field.write(region, value, placeOf(region));
    expect(field.read(next, placeOf(region))).toBeCloseTo(value, 1);
    expect(() => setClip(twinOf(), next)).not.toThrow();
  });

  test('a plane moves along where it points', () => {
    const plane = firstRegion('plane', place, { heading: 0 });
    const [along] = FIELDS.plane;
    const next = along.write(plane, 50, place);
    const at = placer(place).place(placeOf(next).lon, placeOf(next).lat, placeOf(next).height, new Float64Array(3));
    expect(Math.hypot(at[0], at[1] + 50, at[2])).toBeLessThan(0.02);
  });
});
