/** What a file says of its reference system. */
export interface SystemName {
  /** As a converter is asked for it: 'EPSG:25832', or the file's own text where no code is in it. */
  readonly crs: string;
  /** EPSG code of the horizontal part. */
  readonly code?: number;
  /** EPSG code of the heights, where they are named. */
  readonly vertical?: number;
  /** Degrees that are WGS 84 for a city's purposes. */
  readonly degrees: boolean;
  /** Latitude stands before longitude. */
  readonly latitudeFirst: boolean;
}

/** Horizontal and vertical part of compound systems that city models use. @source EPSG dataset 12 */
const compounds: Readonly<Record<number, readonly [horizontal: number, vertical: number]>> = {
  3903: [5048, 3900], 5498: [4269, 5703], 5554: [25831, 5783], 5555: [25832, 5783], 5556: [25833, 5783], 5698: [2154, 5720], 5845: [3006, 5613],
  5942: [4258, 5941], 5971: [25831, 5941], 5972: [25832, 5941], 5973: [25833, 5941], 5975: [25835, 5941], 6190: [31370, 5710], 6349: [6318, 5703],
  6696: [4612, 6694], 6697: [6668, 6695], 6893: [3395, 3855], 6927: [3414, 6916], 7405: [27700, 5701], 7409: [4258, 5730], 7415: [28992, 5709],
  7416: [25832, 5799], 7417: [25833, 5799], 7423: [4258, 5621], 9286: [4258, 5709], 9518: [4326, 3855], 9707: [4326, 5773], 9924: [4258, 7837],
};

/** WGS 84, ETRS89, CGCS2000, JGD2011, JGD2000, NAD 83 and GDA2020 in degrees: within a metre or two of each other. */
const degreeCodes = new Set([4326, 4979, 4258, 4937, 4490, 4480, 4269, 6318, 6667, 6668, 4612, 7843, 7844, 4619]);

/** Metres in a unit of a vertical system that does not count in metres. @source EPSG dataset 12 */
export const verticalUnits: Readonly<Record<number, number>> = { 5702: 0.3048006096012192, 6360: 0.3048006096012192, 8052: 0.3048006096012192, 5754: 0.3048007491, 6130: 0.3048, 6131: 0.3048, 6132: 0.3048, 8050: 0.3048, 8228: 0.3048 };

/** Names the German surveys use in place of codes. @source GeoInfoDok 7.1, 7.3.2 */
function surveyCode(text: string): number | undefined {
  const utm = /ETRS89_UTM(\d\d)/u.exec(text)?.[1];
  if (utm) return 25800 + Number(utm);
  const gauss = /DHDN_3GK([2-5])/u.exec(text)?.[1];
  return gauss ? 31464 + Number(gauss) : undefined;
}

/** Reads a srsName or a referenceSystem: URN, URL, compound of either, `EPSG:25832`, `epsg.xml#25832`, AdV names, or anything else as it is. */
export function systemName(text: string): SystemName {
  if (/CRS:?84\b/u.test(text)) return { crs: 'EPSG:4326', code: 4326, degrees: true, latitudeFirst: false };
  const codes = [...text.matchAll(/epsg(?:\.xml#|[:/](?:[\d.]{0,12}[:/])?)(\d{4,6})/giu)].map((found) => Number(found[1]));
  const first = codes.at(0) ?? surveyCode(text);
  if (first === undefined) return { crs: text, degrees: false, latitudeFirst: false };
  const plane = first >= 10162 && first <= 10174 ? ([6669 + first - 10162, 6695] as const) : compounds[first];
  const code = plane?.[0] ?? first;
  // The short form is what desktop tools write for east before north; 6697 is Japan's own and always latitude first.
  const byAuthority = /^(urn:|https?:)/iu.test(text.trim()) || first === 6697;
  return { crs: `EPSG:${code}`, code, vertical: codes.at(1) ?? plane?.[1], degrees: degreeCodes.has(code), latitudeFirst: byAuthority && isGeographic(code) };
}

/** Geographic systems count in degrees with latitude first. Projected and geocentric codes stand among them. @source EPSG dataset 12 */
function isGeographic(code: number): boolean {
  if (degreeCodes.has(code)) return true;
  if (code < 4001 || code > 4999 || (code >= 4390 && code <= 4480 && code % 2 === 1)) return false;
  return !projectedRanges.some(([from, to]) => code >= from && code <= to);
}

const projectedRanges: readonly (readonly [number, number])[] = [[4026, 4026], [4037, 4038], [4048, 4063], [4071, 4071], [4082, 4096], [4217, 4217], [4328, 4462], [4465, 4474], [4479, 4479], [4484, 4489], [4491, 4556], [4559, 4559], [4568, 4589], [4647, 4656], [4766, 4800], [4812, 4812], [4822, 4822], [4826, 4826], [4839, 4936], [4978, 4978]];

/** Whether a system of zones with 500 km false easting was given north before east, as the EPSG dataset has many of them. Only certain cases: one number can be no easting. */
export function northFirst(code: number | undefined, first: number, second: number): boolean {
  if (code === undefined) return false;
  const easting = (value: number): boolean => value > 100_000 && value < 900_000;
  const zone = code >= 4491 && code <= 4501 ? code - 4478 : code >= 4513 && code <= 4533 ? code - 4488 : code >= 31466 && code <= 31469 ? code - 31464 : undefined;
  if (zone !== undefined) return easting(second - zone * 1e6) && !easting(first - zone * 1e6);
  const plain = (code >= 4502 && code <= 4512) || (code >= 4534 && code <= 4554) || (code >= 25828 && code <= 25838) || (code >= 32601 && code <= 32660);
  return plain && first > 1e6 && easting(second);
}
