/** EPSG code of a reference system by what a file calls it; undefined where it cannot be told. */
export function systemOf(text: string): number | undefined {
  const code = /EPSG[:\s]*(\d{4,6})/iu.exec(text)?.[1];
  if (code) return Number(code);
  return chinese(text) ?? utm(text);
}

/** `CGCS2000 / 3-degree Gauss-Kruger CM 114E`, `CGCS2000_3_Degree_GK_Zone_38`, and the 6° zones without the 3. */
function chinese(text: string): number | undefined {
  if (!/CGCS\s*_?2000|China Geodetic Coordinate System 2000/iu.test(text)) return undefined;
  const three = /3[\s_-]*deg/iu.test(text);
  const meridian = Number(/CM[\s_]*(\d{2,3})/iu.exec(text)?.[1]);
  if (Number.isFinite(meridian)) return meridian % 3 !== 0 || meridian < 75 || meridian > 135 ? undefined : three ? 4534 + (meridian - 75) / 3 : 4502 + (meridian - 75) / 6;
  const zone = Number(/zone[\s_]*(\d{2})/iu.exec(text)?.[1]);
  if (!Number.isFinite(zone)) return undefined;
  if (zone >= 25 && zone <= 45) return 4513 + zone - 25;
  return zone >= 13 && zone <= 23 ? 4491 + zone - 13 : undefined;
}

function utm(text: string): number | undefined {
  const found = /UTM[\s_]*(?:zone|band)?[\s_]*(\d{1,2})\s*([NS])?/iu.exec(text) ?? /UTM.*?\b(\d{1,2})\s*([NS])?\b/iu.exec(text);
  const zone = Number(found?.[1]);
  if (!(zone >= 1 && zone <= 60)) return undefined;
  if (/ETRS/iu.test(text)) return 25800 + zone;
  if (/WGS/iu.test(text)) return (found?.[2]?.toUpperCase() === 'S' ? 32700 : 32600) + zone;
  return undefined;
}
