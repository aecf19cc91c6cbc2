import { isRef, numberOf, refsOf, textOf, type StepFile, type StepValue } from './step.ts';

/** The file's own units: what one of its lengths is in metres, and what its numbers are called. */
export interface Units {
  /** Metres a unit of length. */
  readonly metres: number;
  /** Symbol for a kind of unit (`LENGTHUNIT`); '' where the file does not say. */
  symbol(kind: string): string;
  /** Symbol of a unit by its id. */
  symbolOf(id: number): string;
}

const prefixes: Readonly<Record<string, readonly [string, number]>> = { KILO: ['k', 1e3], HECTO: ['h', 1e2], DECA: ['da', 10], DECI: ['d', 0.1], CENTI: ['c', 0.01], MILLI: ['m', 1e-3], MICRO: ['µ', 1e-6], MEGA: ['M', 1e6], GIGA: ['G', 1e9] };
const names: Readonly<Record<string, string>> = {
  METRE: 'm', SQUARE_METRE: 'm²', CUBIC_METRE: 'm³', RADIAN: 'rad', STERADIAN: 'sr', GRAM: 'g', SECOND: 's', KELVIN: 'K', DEGREE_CELSIUS: '°C', AMPERE: 'A', VOLT: 'V', WATT: 'W', NEWTON: 'N', PASCAL: 'Pa',
  JOULE: 'J', HERTZ: 'Hz', LUX: 'lx', LUMEN: 'lm', CANDELA: 'cd', MOLE: 'mol', OHM: 'Ω', FARAD: 'F', COULOMB: 'C',
};
const spoken: Readonly<Record<string, string>> = { DEGREE: '°', FOOT: 'ft', INCH: 'in', 'SQUARE FOOT': 'ft²', 'CUBIC FOOT': 'ft³', 'SQUARE INCH': 'in²', 'CUBIC INCH': 'in³', MILE: 'mi', POUND: 'lb' };

export function unitsOf(file: StepFile): Units {
  const project = file.of('IFCPROJECT')[0] ?? file.of('IFCPROJECTLIBRARY')[0];
  const assignment = project === undefined ? file.of('IFCUNITASSIGNMENT')[0] : file.args(project).filter(isRef).find(({ ref }) => file.type(ref) === 'IFCUNITASSIGNMENT')?.ref;
  const symbols = new Map<string, string>();
  let metres = 1;
  for (const id of refsOf(file.args(assignment ?? 0)[0])) {
    const kind = kindOf(file, id);
    if (kind === '' || symbols.has(kind)) continue;
    symbols.set(kind, symbolOf(file, id));
    if (kind === 'LENGTHUNIT') metres = metresOf(file, id) ?? 1;
  }
  return { metres, symbol: (kind) => symbols.get(kind) ?? '', symbolOf: (id) => symbolOf(file, id) };
}

function word(value: StepValue | undefined): string {
  return typeof value === 'object' && value !== null && 'word' in value ? value.word : '';
}

function kindOf(file: StepFile, id: number): string {
  return word(file.args(id)[1]);
}

/** Metres of a unit of length; undefined for what is none. */
export function metresOf(file: StepFile, id: number): number | undefined {
  const args = file.args(id);
  if (file.type(id) === 'IFCSIUNIT') return word(args[3]) === 'METRE' ? (prefixes[word(args[2])]?.[1] ?? 1) : undefined;
  const measure = file.type(id).startsWith('IFCCONVERSIONBASEDUNIT') && isRef(args[3]) ? file.args(args[3].ref) : [];
  const value = numberOf(measure[0]);
  const base = isRef(measure[1]) ? metresOf(file, measure[1].ref) : undefined;
  return value !== undefined && value > 0 && base !== undefined ? value * base : undefined;
}

function symbolOf(file: StepFile, id: number): string {
  const args = file.args(id);
  switch (file.type(id)) {
    case 'IFCSIUNIT': {
      const prefix = prefixes[word(args[2])]?.[0] ?? '';
      const name = names[word(args[3])] ?? word(args[3]).toLowerCase();
      return prefix + name;
    }
    case 'IFCCONVERSIONBASEDUNIT':
    case 'IFCCONVERSIONBASEDUNITWITHOFFSET':
      return spoken[textOf(args[2]).toUpperCase()] ?? textOf(args[2]).toLowerCase();
    case 'IFCMONETARYUNIT':
      return textOf(args[0]) || word(args[0]);
    case 'IFCDERIVEDUNIT':
      return refsOf(args[0]).map((element) => derivedPart(file, element)).filter(Boolean).join('·');
    default:
      return '';
  }
}

function derivedPart(file: StepFile, id: number): string {
  const [unit, exponent] = file.args(id);
  const power = numberOf(exponent) ?? 1;
  const symbol = isRef(unit) ? symbolOf(file, unit.ref) : '';
  return symbol && power !== 1 ? `${symbol}${[...String(power)].map((digit) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(digit)] ?? digit).join('')}` : symbol;
}
