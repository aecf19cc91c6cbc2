/** What a copy shares with the model it is of: there is one project, one site, one building, one set of units. */
const SHARED = new Set(['IFCPROJECT', 'IFCSITE', 'IFCBUILDING', 'IFCOWNERHISTORY', 'IFCUNITASSIGNMENT', 'IFCSIUNIT', 'IFCCONVERSIONBASEDUNIT', 'IFCDERIVEDUNIT', 'IFCDERIVEDUNITELEMENT', 'IFCMEASUREWITHUNIT', 'IFCDIMENSIONALEXPONENTS', 'IFCGEOMETRICREPRESENTATIONCONTEXT', 'IFCGEOMETRICREPRESENTATIONSUBCONTEXT', 'IFCPERSON', 'IFCORGANIZATION', 'IFCPERSONANDORGANIZATION', 'IFCAPPLICATION']);
const INSTANCE = /^#(\d+)\s*=\s*(IFC\w+)\s*\(/iu;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$';

/**
 * A larger model made of a real one: its storeys with all that is on them again and again, each set `rise` higher (in the file's own unit), under ids and
 * GlobalIds of their own. One instance a line is taken for granted, as every exporter writes them.
 */
export function* repeatedIfc(text: string, copies: number, rise: number): Generator<string> {
  const lines = text.split(/\r?\n/u);
  const first = lines.findIndex((line) => INSTANCE.test(line));
  const last = lines.findLastIndex((line) => INSTANCE.test(line));
  const instances = lines.slice(first, last + 1).map((line) => ({ line, found: INSTANCE.exec(line) })).flatMap(({ line, found }) => (found ? [{ line, id: Number(found[1]), type: found[2].toUpperCase() }] : []));
  const top = instances.reduce((most, { id }) => Math.max(most, id), 0);
  const step = top + 1000;
  const shared = new Set(instances.filter(({ type }) => SHARED.has(type)).map(({ id }) => id));
  const above = new Set(instances.filter(({ type }) => type === 'IFCPROJECT' || type === 'IFCSITE').map(({ id }) => id));
  const placements = new Set(instances.filter(({ type }) => type === 'IFCBUILDINGSTOREY').map(({ line }) => Number(/,#(\d+),/u.exec(line.slice(line.indexOf("'", line.indexOf("'") + 1)).replace(/^',#\d+/u, ''))?.[1] ?? 0)));
  yield `${lines.slice(0, last + 1).join('\n')}\n`;
  for (let copy = 1; copy < copies; copy++) {
    const own = (line: string): string => line.replaceAll(/#(\d+)/gu, (reference, id: string) => (shared.has(Number(id)) ? reference : `#${Number(id) + copy * step}`));
    let made = copy * step + top;
    const axis = made + 2;
    const out = [`#${made + 1}=IFCCARTESIANPOINT((0.,0.,${(rise * copy).toFixed(4)}));`, `#${axis}=IFCAXIS2PLACEMENT3D(#${made + 1},$,$);`];
    made = axis;
    for (const { line, id, type } of instances) {
      if (shared.has(id) || (type === 'IFCRELAGGREGATES' && above.has(Number(/#\d+.*?#\d+.*?#(\d+)/u.exec(line)?.[1] ?? 0)))) continue;
      let copied = own(line).replace(/\('([0-9A-Za-z_$]{22})'/u, (_, globalId: string) => `('${renamed(globalId, copy)}'`);
      // A storey stands on a placement of ours, which stands where the storey's stood, and higher.
      if (placements.has(id))
        copied = copied.replace(/IFCLOCALPLACEMENT\(([^,]*),/iu, (_, parent: string) => {
          out.push(`#${++made}=IFCLOCALPLACEMENT(${parent},#${axis});`);
          return `IFCLOCALPLACEMENT(#${made},`;
        });
      out.push(copied);
    }
    yield `${out.join('\n')}\n`;
  }
  yield `${lines.slice(last + 1).join('\n')}\n`;
}

/** Three letters in the middle count the copies. */
function renamed(globalId: string, copy: number): string {
  const at = (k: number): number => DIGITS.indexOf(globalId[k]);
  const mixed = [9, 10, 11].map((k, place) => DIGITS[(at(k) ^ ((copy >> (6 * place)) & 63)) & 63]).join('');
  return globalId.slice(0, 9) + mixed + globalId.slice(12);
}
