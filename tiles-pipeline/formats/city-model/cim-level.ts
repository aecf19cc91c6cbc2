/**
 * The level of a city information model that bodies of these levels of detail reach; never higher than the data.
 * LoD 0 and 1 are blocks (CIM2), LoD 2 has roofs (CIM3), LoD 3 and above have openings (CIM4). A mixture has the level of its coarsest.
 * @source CJJ/T 315-2022; OGC CityGML 3.0, 6.4
 */
export function cimLevelOf(lods: Iterable<string>): 'CIM2' | 'CIM3' | 'CIM4' | undefined {
  let lowest = Number.POSITIVE_INFINITY;
  for (const lod of lods) {
    const level = Math.floor(Number.parseFloat(lod));
    if (level >= 0) lowest = Math.min(lowest, level);
  }
  if (lowest === Number.POSITIVE_INFINITY) return undefined;
  return lowest >= 3 ? 'CIM4' : lowest === 2 ? 'CIM3' : 'CIM2';
}
