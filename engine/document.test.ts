import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, digestOf, emptyDocument, parseDocument, patched } from './document.ts';
import { TwinError } from './errors.ts';
import { UndoHistory } from './history.ts';

const start = emptyDocument([117.49, 30.66]);
const layer = { type: 'tiles', title: { zh: '建筑', en: 'Buildings' }, visible: true, opacity: 1, order: 0, url: '/city.json' };

describe('the document', () => {
  it('changes as a whole or not at all', () => {
    const add = { op: 'add' as const, path: '/layers/b', value: layer };
    expect(() => patched(start, [add, { op: 'replace', path: '/layers/b/opacity', value: 7 }])).toThrow(TwinError);
    expect(start.layers).toEqual({});
    const { document } = patched(start, [add]);
    expect(document.layers.b.title.zh).toBe('建筑');
    expect(Object.isFrozen(document.layers.b.title)).toBe(true);
  });

  it('names the place and the expectation when it refuses', () => {
    expect(() => parseDocument({ ...start, camera: { ...start.camera, lat: 91 } })).toThrow(/\/camera\/lat.*90/u);
    expect(() => parseDocument({ ...start, layers: { 'a b': layer } })).toThrow(/layer id/u);
    expect(() => patched(start, [{ op: 'replace', path: '/layers/nothing/opacity', value: 1 }])).toThrow(/\/layers\/nothing/u);
  });

  it('cannot be used to reach prototypes', () => {
    for (const path of ['/__proto__/polluted', '/layers/constructor/prototype/polluted', '/tools/__proto__'])
      expect(() => patched(start, [{ op: 'add', path, value: 1 }])).toThrow(TwinError);
    expect(() => parseDocument(JSON.parse(`{"__proto__":{"polluted":1}}`))).toThrow(TwinError);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('is led back by every inverse patch', () => {
    const change = fc.oneof(
      fc.record({ op: fc.constant('replace' as const), path: fc.constant('/light'), value: fc.constantFrom('dawn', 'day', 'dusk', 'night') }),
      fc.record({ op: fc.constant('add' as const), path: fc.constantFrom('/layers/a', '/layers/b'), value: fc.record({ ...Object.fromEntries(Object.entries(layer).map(([key, value]) => [key, fc.constant(value)])), opacity: fc.double({ min: 0, max: 1, noNaN: true }) }) }),
      fc.record({ op: fc.constant('replace' as const), path: fc.constant('/camera/height'), value: fc.integer({ min: 1, max: 9000 }) }),
    );
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      let document = start;
      const history = new UndoHistory();
      changes.forEach((operation, i) => {
        const result = patched(document, [operation]);
        history.push([operation], result.inverse, 'test', i * 10);
        document = result.document;
      });
      const end = canonical(document);
      for (let patch = history.undo(); patch; patch = history.undo()) document = patched(document, patch).document;
      expect(canonical(document)).toBe(canonical(start));
      for (let patch = history.redo(); patch; patch = history.redo()) document = patched(document, patch).document;
      expect(canonical(document)).toBe(end);
    }));
  });

  it('can be replaced as a whole, and led back', () => {
    const other = { ...start, light: 'night' as const, at: [121.5, 31.2] as const };
    const { document, inverse } = patched(start, [{ op: 'replace', path: '', value: other }, { op: 'add', path: '/layers/b', value: layer }]);
    expect(document).toMatchObject({ light: 'night', at: [121.5, 31.2], layers: { b: { type: 'tiles' } } });
    expect(canonical(patched(document, inverse).document)).toBe(canonical(start));
    expect(() => patched(start, [{ op: 'replace', path: '', value: { version: 2 } }])).toThrow(TwinError);
  });

  it('folds a dragged slider into one step of undo', () => {
    const history = new UndoHistory();
    const to = (value: number) => [{ op: 'replace' as const, path: '/layers/a/opacity', value }];
    for (let i = 0; i < 10; i++) history.push(to(i / 10), to(1), 'slider', i * 0.05);
    expect(history.undo()).toEqual(to(1));
    expect(history.canUndo).toBe(false);
    expect(history.redo()).toEqual(to(0.9));
  });

  it('has one canonical form, whatever the order of its keys', () => {
    const turned = Object.fromEntries(Object.entries(start).reverse());
    expect(canonical(turned)).toBe(canonical(start));
    // SHA-256 of the empty string and of “abc”. @source FIPS 180-4, examples
    expect(digestOf('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digestOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
