import type { Stand } from '#models';

/** What was told of an id: values by name, with their times (unix seconds). */
export type Told = ReadonlyMap<string, { readonly value: number; readonly time: number }>;

export interface StandState {
  readonly stand: Stand;
  /** Vehicles standing there, and places that are free; null where nobody says. */
  readonly taken: number | null;
  readonly free: number | null;
  readonly capacity: number | null;
  /** Unix seconds of the newest word; null before the first. */
  readonly asOf: number | null;
  readonly stale: boolean;
}

/** A stand at a moment: its own word, else what its bays say; of bikes, what stands in the docks. */
export function standState(stand: Stand, told: (id: string) => Told | undefined, now: number, staleAfter: number): StandState {
  const own = told(stand.id);
  const value = (name: string): number | null => {
    const known = own?.get(name);
    return known && !Number.isNaN(known.value) ? known.value : null;
  };
  let taken = stand.kind === 'bikes' ? value('bikes') : value('occupied');
  let times = [...(own?.values() ?? [])].map(({ time }) => time);
  if (taken === null && stand.bays.length > 0) {
    const bays = stand.bays.map(({ id }) => told(`${stand.id}/${id}`)?.get('occupied')).filter((bay) => bay !== undefined && !Number.isNaN(bay.value));
    if (bays.length > 0) taken = bays.filter((bay) => bay!.value >= 0.5).length;
    times = bays.map((bay) => bay!.time);
  }
  const docks = stand.kind === 'bikes' ? value('docks') : null;
  const capacity = value('capacity') ?? stand.capacity ?? (taken !== null && docks !== null ? taken + docks : null);
  const asOf = times.length > 0 ? Math.max(...times) : null;
  return { stand, taken, capacity, free: docks ?? (taken !== null && capacity !== null ? Math.max(0, capacity - taken) : null), asOf, stale: asOf !== null && now - asOf > staleAfter };
}
