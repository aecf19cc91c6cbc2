/** West, south, east, north in degrees. */
export type Bounds = [west: number, south: number, east: number, north: number];

/** Metres of a degree of latitude. */
const DEGREE = 111_320;

export function noBounds(): Bounds {
  return [Infinity, Infinity, -Infinity, -Infinity];
}

export function widen(bounds: Bounds, lon: number, lat: number): void {
  if (!Number.isFinite(lon + lat)) return;
  if (lon < bounds[0]) bounds[0] = lon;
  if (lat < bounds[1]) bounds[1] = lat;
  if (lon > bounds[2]) bounds[2] = lon;
  if (lat > bounds[3]) bounds[3] = lat;
}

/** Where bounds lie, as a person would say it. */
export function whereItLies(bounds: Bounds): string {
  const [west, south, east, north] = bounds;
  if (!(west <= east && south <= north)) return 'lies nowhere: it has no coordinates';
  if (Math.max(Math.abs(west), Math.abs(east)) > 180 || Math.max(Math.abs(south), Math.abs(north)) > 90) return `its coordinates reach from ${west.toFixed(1)}, ${south.toFixed(1)} to ${east.toFixed(1)}, ${north.toFixed(1)}, which are no degrees: say their system with --crs FILE@EPSG:code`;
  const [lon, lat] = [(west + east) / 2, (south + north) / 2];
  const wide = (east - west) * DEGREE * Math.cos((lat * Math.PI) / 180);
  const high = (north - south) * DEGREE;
  const around = `${Math.abs(lat).toFixed(4)}° ${lat < 0 ? 'S' : 'N'}, ${Math.abs(lon).toFixed(4)}° ${lon < 0 ? 'W' : 'E'}`;
  const doubt = Math.abs(lon) < 0.5 && Math.abs(lat) < 0.5 ? '; that is the sea where both are 0: its coordinates are hardly degrees' : '';
  if (wide < 0.5 && high < 0.5) return `lies at ${around}${doubt}`;
  return `lies around ${around}, ${length(wide)} from west to east, ${length(high)} from south to north${doubt}`;
}

function length(metres: number): string {
  if (metres < 1000) return `${Math.round(metres)} m`;
  return `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} km`;
}
