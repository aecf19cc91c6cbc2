import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { refusal } from '../.ci/licences.mjs';
import { closureOf, documentOf, rowsOf, unnamedIn, type Lock } from '../.ci/third-party.mjs';

const at = (name: string): string => new URL(`../${name}`, import.meta.url).pathname;
const lock = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')) as Lock;
const rows = rowsOf(lock);
const folder = mkdtempSync(join(tmpdir(), 'third-party-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A dependency of a dependency as it could slip in, with the licence and text given. */
function seeded(licence: string | undefined, text = ''): string | null {
  const path = join(folder, 'node_modules/innocent/node_modules/planted');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name: 'planted', version: '1.0.0', license: licence }));
  writeFileSync(join(path, 'LICENSE'), text);
  writeFileSync(join(folder, 'node_modules/innocent/package.json'), JSON.stringify({ name: 'innocent', version: '1.0.0', license: 'MIT' }));
  const made = rowsOf({ packages: {
    '': { dependencies: { innocent: '1' } },
    'node_modules/innocent': { version: '1.0.0', dependencies: { planted: '1' } },
    'node_modules/innocent/node_modules/planted': { version: '1.0.0' },
  } }, folder);
  expect(made.find((row) => row.name === 'innocent')?.refused).toBeNull();
  return made.find((row) => row.name === 'planted')!.refused;
}

describe('what the package brings along', () => {
  test('is listed in THIRD_PARTY.md as the lock file has it', () => {
    expect(readFileSync(at('THIRD_PARTY.md'), 'utf8') === documentOf(rows), 'run node .ci/third-party.mjs').toBe(true);
  });

  test('is under licences that may be shipped, and NOTICE names what is depended on', () => {
    expect(rows.filter((row) => row.refused).map((row) => `${row.name}: ${row.refused}`)).toEqual([]);
    expect(unnamedIn(readFileSync(at('NOTICE'), 'utf8'), rows).map((row) => row.name)).toEqual([]);
    expect(rows.length).toBeGreaterThan(100);
  });

  test('has no tool of development in it', () => {
    const shipped = new Set(closureOf(lock).map((each) => each.name));
    expect(['typescript', 'vite', 'vitest', 'oxlint', 'playwright-core', 'webpack', 'tsx'].filter((name) => shipped.has(name))).toEqual([]);
  });
});

describe('a planted package', () => {
  test.each(['GPL-3.0-only', 'GPL-2.0', 'AGPL-3.0-or-later', 'LGPL-2.1-or-later', 'LGPL-3.0', '(MIT AND GPL-2.0)', 'SSPL-1.0'])('under %s is refused', (licence) => {
    expect(seeded(licence)).toMatch(/must not be in the package/u);
  });

  test('that says MIT over the text of the AGPL is refused', () => {
    expect(seeded('MIT', '                    GNU AFFERO GENERAL PUBLIC LICENSE\n                       Version 3, 19 November 2007')).toMatch(/AFFERO/u);
  });

  test('without a licence, or under one nobody has read, is refused', () => {
    expect(seeded(undefined)).toMatch(/no licence/u);
    expect(seeded('Shareware')).toMatch(/not on the list/u);
  });

  test.each(['MIT', '(GPL-2.0 OR MIT)', 'MIT AND Zlib', 'Apache-2.0 WITH LLVM-exception', '(MPL-2.0 OR Apache-2.0)'])('under %s may come along', (licence) => {
    expect(refusal(licence)).toBeNull();
  });
});
