import proj4 from 'proj4';

/** x, y of a system to lon, lat in WGS 84 degrees. */
export type ToDegrees = (x: number, y: number) => [lon: number, lat: number];

const DHDN = '+ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7 +units=m +no_defs';
const GRS80 = '+ellps=GRS80 +towgs84=0,0,0 +no_defs';

/** CGCS2000 in Gauß–Krüger zones, as EPSG numbers them: 6° and 3°, with and without the zone before the easting. @source EPSG dataset, 4491–4554 */
function cgcs2000(code: number): string | undefined {
  const gauss = (meridian: number, easting: number): string => `+proj=tmerc +lat_0=0 +lon_0=${meridian} +k=1 +x_0=${easting} +y_0=0 +units=m ${GRS80}`;
  if (code >= 4491 && code <= 4501) return gauss(6 * (code - 4478) - 3, (code - 4478) * 1e6 + 500_000);
  if (code >= 4502 && code <= 4512) return gauss(75 + 6 * (code - 4502), 500_000);
  if (code >= 4513 && code <= 4533) return gauss(75 + 3 * (code - 4513), (code - 4488) * 1e6 + 500_000);
  if (code >= 4534 && code <= 4554) return gauss(75 + 3 * (code - 4534), 500_000);
  return undefined;
}

/** Systems one by one. @source EPSG dataset: 3547 Kentucky Single Zone (ftUS), 2263 and 3435 US state planes, 3878 Finland GK24 */
const singles: Readonly<Record<number, string>> = {
  3857: '+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs',
  3546: `+proj=lcc +lat_0=36.3333333333333 +lon_0=-85.75 +lat_1=37.0833333333333 +lat_2=38.6666666666667 +x_0=1500000 +y_0=1000000 +units=m ${GRS80}`,
  3547: `+proj=lcc +lat_0=36.3333333333333 +lon_0=-85.75 +lat_1=37.0833333333333 +lat_2=38.6666666666667 +x_0=1500000 +y_0=999999.999898402 +units=us-ft ${GRS80}`,
  3089: `+proj=lcc +lat_0=36.3333333333333 +lon_0=-85.75 +lat_1=37.0833333333333 +lat_2=38.6666666666667 +x_0=1500000 +y_0=999999.999898402 +units=us-ft ${GRS80}`,
  2272: `+proj=lcc +lat_0=39.3333333333333 +lon_0=-77.75 +lat_1=40.9666666666667 +lat_2=39.9333333333333 +x_0=600000 +y_0=0 +units=us-ft ${GRS80}`,
  2263: `+proj=lcc +lat_0=40.1666666666667 +lon_0=-74 +lat_1=41.0333333333333 +lat_2=40.6666666666667 +x_0=300000 +y_0=0 +units=us-ft ${GRS80}`,
};

function definition(code: number): string | undefined {
  if (code >= 32601 && code <= 32660) return `+proj=utm +zone=${code - 32600} +datum=WGS84 +units=m +no_defs`;
  if (code >= 32701 && code <= 32760) return `+proj=utm +zone=${code - 32700} +south +datum=WGS84 +units=m +no_defs`;
  if (code >= 25828 && code <= 25838) return `+proj=utm +zone=${code - 25800} +units=m ${GRS80}`;
  if (code >= 31466 && code <= 31469) return `+proj=tmerc +lat_0=0 +lon_0=${3 * (code - 31464)} +k=1 +x_0=${code - 31464}500000 +y_0=0 ${DHDN}`;
  if (code >= 3873 && code <= 3885) return `+proj=tmerc +lat_0=0 +lon_0=${code - 3854} +k=1 +x_0=${code - 3854}500000 +y_0=0 +units=m ${GRS80}`;
  return cgcs2000(code) ?? singles[code];
}

/** Degrees that are WGS 84 for a city's purposes (CGCS2000, ETRS89 and NAD 83 differ by a metre at most). */
const degrees = new Set([4326, 4490, 4979, 4258, 4269]);

/** The way from a system to WGS 84 degrees; undefined for one that is not known here. @param crs 'EPSG:4547', or any name that ends with its code */
export function toDegrees(crs: string): ToDegrees | undefined {
  return between(crs, 'forward');
}

/** The way from WGS 84 degrees to a system; undefined for one that is not known here. */
export function fromDegrees(crs: string): ToDegrees | undefined {
  return between(crs, 'inverse');
}

function between(crs: string, way: 'forward' | 'inverse'): ToDegrees | undefined {
  const code = Number(/(\d{4,6})$/u.exec(crs)?.[1]);
  if (degrees.has(code)) return (x, y) => [x, y];
  const found = definition(code);
  if (!found) return undefined;
  const go = proj4(found, 'WGS84')[way];
  return (x, y) => go([x, y]) as [number, number];
}
