import { isRef, numberOf, refsOf, textOf, type StepFile, type StepValue } from './step.ts';
import type { Units } from './units.ts';

type Cell = string | number | boolean;
/** Name, value, and the unit of a number. */
type Row = [string, Cell] | [string, Cell, string];

const measureUnits: Readonly<Record<string, string>> = {
  IFCLENGTHMEASURE: 'LENGTHUNIT', IFCPOSITIVELENGTHMEASURE: 'LENGTHUNIT', IFCNONNEGATIVELENGTHMEASURE: 'LENGTHUNIT', IFCAREAMEASURE: 'AREAUNIT', IFCVOLUMEMEASURE: 'VOLUMEUNIT', IFCMASSMEASURE: 'MASSUNIT',
  IFCPLANEANGLEMEASURE: 'PLANEANGLEUNIT', IFCPOSITIVEPLANEANGLEMEASURE: 'PLANEANGLEUNIT', IFCTIMEMEASURE: 'TIMEUNIT', IFCTHERMODYNAMICTEMPERATUREMEASURE: 'THERMODYNAMICTEMPERATUREUNIT', IFCPOWERMEASURE: 'POWERUNIT',
  IFCPRESSUREMEASURE: 'PRESSUREUNIT', IFCFORCEMEASURE: 'FORCEUNIT', IFCELECTRICCURRENTMEASURE: 'ELECTRICCURRENTUNIT', IFCELECTRICVOLTAGEMEASURE: 'ELECTRICVOLTAGEUNIT', IFCTHERMALTRANSMITTANCEMEASURE: 'THERMALTRANSMITTANCEUNIT',
  IFCVOLUMETRICFLOWRATEMEASURE: 'VOLUMETRICFLOWRATEUNIT', IFCMONETARYMEASURE: 'MONETARYUNIT',
};
const quantityUnits: Readonly<Record<string, string>> = {
  IFCQUANTITYLENGTH: 'LENGTHUNIT', IFCQUANTITYAREA: 'AREAUNIT', IFCQUANTITYVOLUME: 'VOLUMEUNIT', IFCQUANTITYWEIGHT: 'MASSUNIT', IFCQUANTITYTIME: 'TIMEUNIT', IFCQUANTITYCOUNT: '', IFCQUANTITYNUMBER: '',
};
const DEEPEST = 4;

/** Property sets and quantities of every element, each set written once however many share it. */
export class PropertySets {
  readonly #file: StepFile;
  readonly #units: Units;
  readonly #of = new Map<number, number[]>();
  readonly #written = new Map<number, string>();
  /** Single properties read, for the report. */
  count = 0;

  constructor(file: StepFile, units: Units) {
    this.#file = file;
    this.#units = units;
    for (const id of file.of('IFCRELDEFINESBYPROPERTIES')) {
      const args = file.args(id);
      const sets = refsOf(args[5]);
      for (const element of refsOf(args[4])) {
        const list = this.#of.get(element);
        if (list) list.push(...sets);
        else this.#of.set(element, [...sets]);
      }
    }
  }

  /**
   * The sets of an element and, after them, those of its type that it has not itself.
   * @returns `[[set, [[name, value, unit?], …]], …]` as JSON
   */
  of(element: number, type: number | null): string {
    const own = this.#of.get(element) ?? [];
    const shared = type === null ? [] : refsOf(this.#file.args(type)[5]);
    return `[${[...new Set([...own, ...shared])].map((set) => this.#set(set)).filter(Boolean).join(',')}]`;
  }

  #set(id: number): string {
    const known = this.#written.get(id);
    if (known !== undefined) return known;
    const args = this.#file.args(id);
    const type = this.#file.type(id);
    const rows: Row[] = [];
    const quantities = type === 'IFCELEMENTQUANTITY';
    if (quantities || type === 'IFCPROPERTYSET') for (const each of refsOf(args[quantities ? 5 : 4])) this.#row(each, '', rows, 0);
    this.count += rows.length;
    const text = rows.length === 0 ? '' : JSON.stringify([textOf(args[2]), rows]);
    this.#written.set(id, text);
    return text;
  }

  #row(id: number, before: string, rows: Row[], depth: number): void {
    const type = this.#file.type(id);
    const args = this.#file.args(id);
    const name = before + textOf(args[0]);
    const parts = type === 'IFCCOMPLEXPROPERTY' ? args[3] : type === 'IFCPHYSICALCOMPLEXQUANTITY' ? args[2] : undefined;
    if (parts !== undefined) {
      if (depth < DEEPEST) for (const part of refsOf(parts)) this.#row(part, `${name} / `, rows, depth + 1);
      return;
    }
    if (type in quantityUnits) {
      const value = numberOf(args[3]);
      if (value !== undefined && Number.isFinite(value)) rows.push(withUnit(name, value, isRef(args[2]) ? this.#units.symbolOf(args[2].ref) : this.#units.symbol(quantityUnits[type])));
      return;
    }
    const found = this.#property(type, args);
    if (found) rows.push(withUnit(name, found.value, found.unit));
  }

  #property(type: string, args: readonly StepValue[]): { value: Cell; unit: string } | undefined {
    const unitAt = { IFCPROPERTYSINGLEVALUE: 3, IFCPROPERTYLISTVALUE: 3, IFCPROPERTYBOUNDEDVALUE: 4 }[type];
    const own = unitAt !== undefined && isRef(args[unitAt]) ? this.#units.symbolOf(args[unitAt].ref) : '';
    const unit = (value: StepValue | undefined): string => own || this.#units.symbol(measureUnits[typedName(value)] ?? '-');
    switch (type) {
      case 'IFCPROPERTYSINGLEVALUE': {
        const value = cell(args[2]);
        return value === undefined ? undefined : { value, unit: typeof value === 'number' ? unit(args[2]) : '' };
      }
      case 'IFCPROPERTYENUMERATEDVALUE':
      case 'IFCPROPERTYLISTVALUE': {
        const list = Array.isArray(args[2]) ? (args[2] as readonly StepValue[]) : [];
        const values = list.map(cell).filter((value) => value !== undefined);
        return values.length === 0 ? undefined : { value: values.length === 1 ? values[0] : values.join(', '), unit: values.every((value) => typeof value === 'number') ? unit(list[0]) : '' };
      }
      case 'IFCPROPERTYBOUNDEDVALUE': {
        const [high, low] = [cell(args[2]), cell(args[3])];
        if (high === undefined && low === undefined) return undefined;
        return { value: `${low ?? ''} … ${high ?? ''}`.trim(), unit: unit(args[2] ?? args[3]) };
      }
      default:
        return undefined;
    }
  }
}

function withUnit(name: string, value: Cell, unit: string): Row {
  return unit ? [name, value, unit] : [name, value];
}

function typedName(value: StepValue | undefined): string {
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : '';
}

/** A value as a card can show it; undefined where there is none. */
function cell(value: StepValue | undefined): Cell | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string') return value;
  if ('word' in value) return value.word === 'T' ? true : value.word === 'F' ? false : value.word === 'U' ? undefined : value.word;
  if ('value' in value) return cell(value.value);
  if (Array.isArray(value)) return (value as readonly StepValue[]).map(cell).filter((each) => each !== undefined).join(', ');
  return undefined;
}
