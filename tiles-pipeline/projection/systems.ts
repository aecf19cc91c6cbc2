/** What a reference system is called for a computation: lon, lat as they are, or a PROJ string. */
export type Definition = 'degrees' | `+proj=${string}`;

const GRS80 = '+ellps=GRS80';
const WGS84 = '+ellps=WGS84';
/** Datum shifts to WGS 84 (position vector: metres, arc seconds, ppm). @source EPSG dataset, transformations 1777, 15934, 1314, 1676, 1825, 1623, 1618, 15929, 15918 */
export const DHDN = '+ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7';
export const AMERSFOORT = '+ellps=bessel +towgs84=565.4171,50.3319,465.5524,-0.398957388243134,0.343987817378283,-1.87740163998045,4.0725';
export const OSGB36 = '+ellps=airy +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489';
export const CH1903 = '+ellps=bessel +towgs84=674.374,15.056,405.346';
export const HK80 = '+ellps=intl +towgs84=-162.619,-276.959,-161.764,0.067753,-2.243648,-1.158828,-1.094246';
export const S_JTSK = '+ellps=bessel +towgs84=570.8,85.7,462.8,4.998,1.587,5.261,3.56';
export const MGI = '+ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232';
export const BD72 = '+ellps=intl +towgs84=-106.8686,52.2978,-103.7239,0.3366,-0.457,1.8422,-1.2747';
export const BEIJING54 = '+ellps=krass +towgs84=12.646,-155.176,-80.863';
/** No public parameters: its degrees are taken as they are. */
export const XIAN80 = '+ellps=IAU76';

/** A run of codes: of one family, one by one. */
interface Run {
  readonly from: number;
  readonly to: number;
  of(index: number): Definition;
}

const tmerc = (meridian: number, east: number, datum: string, scale = 1): Definition => `+proj=tmerc +lat_0=0 +lon_0=${meridian} +k=${scale} +x_0=${east} +y_0=0 ${datum}`;

/** Gauß–Krüger as China numbers it: zones from the first at 75° E, every 6° or 3°, with the zone before the easting or without. */
function zones(from: number, to: number, step: 3 | 6, first: number | null, datum: string): Run {
  return { from, to, of: (i) => tmerc(75 + step * i, (first === null ? 0 : (first + i) * 1e6) + 500_000, datum) };
}

const utm = (from: number, zone: number, zoneTo: number, datum: string, south = ''): Run => ({ from, to: from + zoneTo - zone, of: (i) => `+proj=utm +zone=${zone + i}${south} ${datum}` });

/** Origins (lat, lon) of the Japan plane rectangular systems I–XIX. @source EPSG dataset, 6669–6687 */
const JAPAN = [
  [33, 129.5], [33, 131], [36, 132 + 1 / 6], [33, 133.5], [36, 134 + 1 / 3], [36, 136], [36, 137 + 1 / 6], [36, 138.5], [36, 139 + 5 / 6], [40, 140 + 5 / 6],
  [44, 140.25], [44, 142.25], [44, 144.25], [26, 142], [26, 127.5], [26, 124], [26, 131], [20, 136], [26, 154],
] as const;
const japan = (from: number, to: number): Run => ({ from, to, of: (i) => `+proj=tmerc +lat_0=${JAPAN[i][0]} +lon_0=${JAPAN[i][1]} +k=0.9999 +x_0=0 +y_0=0 ${GRS80}` });

/** @source EPSG dataset */
const runs: readonly Run[] = [
  // CGCS2000
  zones(4491, 4501, 6, 13, GRS80), zones(4502, 4512, 6, null, GRS80), zones(4513, 4533, 3, 25, GRS80), zones(4534, 4554, 3, null, GRS80),
  // Beijing 1954
  zones(21413, 21423, 6, 13, BEIJING54), zones(21453, 21463, 6, null, BEIJING54), zones(2401, 2421, 3, 25, BEIJING54), zones(2422, 2442, 3, null, BEIJING54),
  // Xi'an 1980
  zones(2327, 2337, 6, 13, XIAN80), zones(2338, 2348, 6, null, XIAN80), zones(2349, 2369, 3, 25, XIAN80), zones(2370, 2390, 3, null, XIAN80),
  // WGS 84, ETRS89, NAD83, NAD83(2011), GDA94 and GDA2020 in UTM zones
  utm(32601, 1, 60, WGS84), utm(32701, 1, 60, WGS84, ' +south'), utm(25828, 28, 38, GRS80), utm(26901, 1, 23, GRS80), utm(6330, 1, 19, GRS80), utm(28348, 48, 58, GRS80, ' +south'), utm(7846, 46, 59, GRS80, ' +south'),
  // ETRS89 / UTM with DHHN92 heights and with NN2000 heights; with the zone before the easting
  utm(5554, 31, 33, GRS80), utm(5972, 32, 35, GRS80),
  { from: 4647, to: 4647, of: () => tmerc(9, 32_500_000, GRS80, 0.9996) }, { from: 5650, to: 5650, of: () => tmerc(15, 33_500_000, GRS80, 0.9996) },
  // MGI, Austria: three meridians, with their false eastings 0 and 150, 450, 750 km
  { from: 31254, to: 31256, of: (i) => `+proj=tmerc +lat_0=0 +lon_0=${10 + 3 * i + 1 / 3} +k=1 +x_0=0 +y_0=-5000000 ${MGI}` },
  { from: 31257, to: 31259, of: (i) => `+proj=tmerc +lat_0=0 +lon_0=${10 + 3 * i + 1 / 3} +k=1 +x_0=${150_000 + 300_000 * i} +y_0=-5000000 ${MGI}` },
  // DHDN; Finland; France's nine conic zones
  { from: 31466, to: 31469, of: (i) => tmerc(3 * (i + 2), (i + 2) * 1e6 + 500_000, DHDN) },
  { from: 3873, to: 3885, of: (i) => tmerc(19 + i, (19 + i) * 1e6 + 500_000, GRS80) },
  { from: 3942, to: 3950, of: (i) => `+proj=lcc +lat_0=${42 + i} +lon_0=3 +lat_1=${41.25 + i} +lat_2=${42.75 + i} +x_0=1700000 +y_0=${(1 + i) * 1e6 + 200_000} ${GRS80}` },
  // JGD2000 and JGD2011, the latter also with heights
  japan(2443, 2461), japan(6669, 6687), japan(10162, 10174),
  // KGD2002: the belts of 2010, and those before
  { from: 5185, to: 5188, of: (i) => `+proj=tmerc +lat_0=38 +lon_0=${125 + 2 * i} +k=1 +x_0=200000 +y_0=600000 ${GRS80}` },
  { from: 5180, to: 5180, of: () => `+proj=tmerc +lat_0=38 +lon_0=125 +k=1 +x_0=200000 +y_0=500000 ${GRS80}` },
  { from: 5181, to: 5181, of: () => `+proj=tmerc +lat_0=38 +lon_0=127 +k=1 +x_0=200000 +y_0=500000 ${GRS80}` },
];

const RD = `+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 ${AMERSFOORT}` as const;
const BNG = `+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 ${OSGB36}` as const;
const SWISS = '+proj=somerc +lat_0=46.9524055555556 +lon_0=7.43958333333333 +k_0=1' as const;
const KENTUCKY = '+proj=lcc +lat_0=36.3333333333333 +lon_0=-85.75 +lat_1=37.0833333333333 +lat_2=38.6666666666667 +x_0=1500000' as const;
const MERCATOR = '+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +nadgrids=@null' as const;

/** Systems one by one. @source EPSG dataset */
const singles: Readonly<Record<number, Definition>> = {
  3857: MERCATOR, 900913: MERCATOR, 3785: MERCATOR, 102100: MERCATOR, 102113: MERCATOR,
  3395: `+proj=merc +lon_0=0 +k=1 +x_0=0 +y_0=0 ${WGS84}`,
  28992: RD, 7415: RD,
  27700: BNG, 7405: BNG,
  2154: `+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 ${GRS80}`,
  2056: `${SWISS} +x_0=2600000 +y_0=1200000 ${CH1903}`,
  21781: `${SWISS} +x_0=600000 +y_0=200000 ${CH1903}`,
  2326: `+proj=tmerc +lat_0=22.3121333333333 +lon_0=114.178555555556 +k=1 +x_0=836694.05 +y_0=819069.8 ${HK80}`,
  3825: tmerc(119, 250_000, GRS80, 0.9999), 3826: tmerc(121, 250_000, GRS80, 0.9999),
  5179: `+proj=tmerc +lat_0=38 +lon_0=127.5 +k=0.9996 +x_0=1000000 +y_0=2000000 ${GRS80}`,
  3414: `+proj=tmerc +lat_0=1.36666666666667 +lon_0=103.833333333333 +k=1 +x_0=28001.642 +y_0=38744.572 ${WGS84}`,
  5514: `+proj=krovak +lat_0=49.5 +lon_0=24.8333333333333 +alpha=30.2881397527778 +k=0.9999 +x_0=0 +y_0=0 ${S_JTSK}`,
  3068: `+proj=cass +lat_0=52.4186482777778 +lon_0=13.6272036666667 +x_0=40000 +y_0=10000 ${DHDN}`,
  31370: `+proj=lcc +lat_0=90 +lon_0=4.36748666666667 +lat_1=51.1666672333333 +lat_2=49.8333339 +x_0=150000.013 +y_0=5400088.438 ${BD72}`,
  3812: `+proj=lcc +lat_0=50.797815 +lon_0=4.35921583333333 +lat_1=49.8333333333333 +lat_2=51.1666666666667 +x_0=649328 +y_0=665262 ${GRS80}`,
  3006: `+proj=utm +zone=33 ${GRS80}`, 3067: `+proj=utm +zone=35 ${GRS80}`,
  3035: `+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 ${GRS80}`,
  2180: `+proj=tmerc +lat_0=0 +lon_0=19 +k=0.9993 +x_0=500000 +y_0=-5300000 ${GRS80}`,
  2193: `+proj=tmerc +lat_0=0 +lon_0=173 +k=0.9996 +x_0=1600000 +y_0=10000000 ${GRS80}`,
  3546: `${KENTUCKY} +y_0=1000000 ${GRS80}`,
  3547: `${KENTUCKY} +y_0=999999.999898402 +units=us-ft ${GRS80}`, 3089: `${KENTUCKY} +y_0=999999.999898402 +units=us-ft ${GRS80}`,
  2272: `+proj=lcc +lat_0=39.3333333333333 +lon_0=-77.75 +lat_1=40.9666666666667 +lat_2=39.9333333333333 +x_0=600000 +y_0=0 +units=us-ft ${GRS80}`,
  2263: `+proj=lcc +lat_0=40.1666666666667 +lon_0=-74 +lat_1=41.0333333333333 +lat_2=40.6666666666667 +x_0=300000 +y_0=0 +units=us-ft ${GRS80}`,
  // Degrees on datums of their own
  4214: `+proj=longlat ${BEIJING54}`, 4610: `+proj=longlat ${XIAN80}`, 4314: `+proj=longlat ${DHDN}`, 4289: `+proj=longlat ${AMERSFOORT}`, 4277: `+proj=longlat ${OSGB36}`,
  4149: `+proj=longlat ${CH1903}`, 4150: `+proj=longlat ${CH1903}`, 4611: `+proj=longlat ${HK80}`, 4156: `+proj=longlat ${S_JTSK}`, 4312: `+proj=longlat ${MGI}`, 4313: `+proj=longlat ${BD72}`,
};

/**
 * Degrees that are WGS 84 for a city's purposes: CGCS2000 (4490, 4480), ETRS89, JGD2000 and 2011, NAD83, RGF93, KGD2002, TWD97, SVY21, GDA, SWEREF99 differ by
 * two metres at most, most by centimetres; no public set of parameters does better without an epoch.
 */
const degrees = new Set([4326, 4979, 4490, 4480, 4258, 4937, 7423, 4612, 6668, 6697, 4269, 6318, 4171, 4737, 3824, 4757, 4283, 7844, 4619, 4167, 4152, 4759, 9518, 5498, 9707, 84]);

/** How an EPSG code is computed; undefined for one that is not known here. Geocentric systems (4479, 4978) are none of a map's. */
export function definitionOf(code: number): Definition | undefined {
  if (degrees.has(code)) return 'degrees';
  const run = runs.find(({ from, to }) => code >= from && code <= to);
  return run ? run.of(code - run.from) : singles[code];
}

