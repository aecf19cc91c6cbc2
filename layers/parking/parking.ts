import type { FeedSpec, LayerInput, LayerType, Text } from '#engine';

export interface ParkingOptions {
  /** A file of stands (docs/junctions-and-transit.md), or a GBFS station_information.json; relative to the page. */
  readonly url: string;
  /** A city folder's city.json, whose ground they stand on; without it they stand at height 0. */
  readonly city?: string;
  /**
   * What stands say now. A car park: readings by its id with `occupied`; its bays: readings by `park/bay` with `occupied` 0 or 1. Shared bikes: readings by station id with
   * `bikes` and `docks`; of a GBFS station_status.json with decode `{ list: 'data.stations', id: 'station_id', time: 'last_reported', values: { bikes: 'num_bikes_available', docks: 'num_docks_available' } }`.
   */
  readonly feed?: FeedSpec;
  readonly title?: Text;
}

/** Car parks with their bays, and stations of shared bikes, as bars of how full they are. */
export function parking(options: ParkingOptions): LayerInput {
  const { url, feed, title, city } = options;
  return { type: 'parking', url, ...(feed ? { feed } : {}), ...(title ? { title } : {}), options: city === undefined ? {} : { city } };
}

export const parkingLayer: LayerType = {
  type: 'parking',
  title: { zh: '停车与共享单车', en: 'Parking and shared bikes' },
  create: async () => new (await import('./parking-layer.ts')).ParkingLayer(),
};
