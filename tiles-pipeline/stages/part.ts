import type { Catalogue } from '../catalogue.ts';
import type { Source, Table } from '../formats/format.ts';
import type { Account } from './account.ts';
import type { Dem } from './ground.ts';

/** What a part of a city is given when all inputs have been read and the ground is known. */
export interface CityDraft {
  readonly account: Account;
  /** Gets the part's entry under `layers`. */
  readonly catalogue: Catalogue;
  /** report.json: gets the part's figures under its own name. */
  readonly report: Record<string, unknown>;
  readonly dem: Dem | undefined;
  /** Writes one file of the output folder. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Called with the share done, 0…1. */
  progress(share: number): void;
  readonly signal?: AbortSignal;
}

/** What becomes of one kind of table: takes what readers give and writes its share of the folder. A new kind is one file and one line in {@link partsOf}. */
export interface Part<Kind extends Table['kind'] = Table['kind']> {
  readonly kind: Kind;
  /** Whether there is anything to write. */
  readonly empty: boolean;
  take(table: Extract<Table, { kind: Kind }>, source: Source): void | Promise<void>;
  /** Bounds of what was taken, in degrees (west, south, east, north); null where it has none. */
  bounds(): [number, number, number, number] | null;
  write(city: CityDraft): Promise<void>;
  /** Lets go of temporary files, whatever happened. */
  dispose?(): Promise<void>;
}
