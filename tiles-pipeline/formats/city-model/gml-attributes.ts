import { addressLine } from './attributes.ts';
import { below, child, type GmlNode } from './gml-node.ts';

/** Properties that are no attributes: geometry, relations, looks. */
const NOT = /^(lod\d|boundedBy$|boundary$|appearance$|address$|consistsOf|buildingPart$|bridgePart$|tunnelPart$|generalizesTo$|groupMember$|opening$|interior|outer|validFrom$|relatedTo$|dynamizer$|pointcloud|adeOf|metaDataProperty$)/iu;
/** Codes that look like numbers and are none. */
const CODES = new Set(['class', 'function', 'usage', 'roofType', 'species', 'mimeType', 'buildingStructureType', 'name']);
const MOST = 2000;

/** The attributes of a feature, flat: CityGML's own by name, generic ones by their name, an extension's as `uro:…` with the data type before the name. */
export function attributesOf(feature: GmlNode): Record<string, unknown> {
  const out = new Map<string, unknown>();
  for (const property of feature.children) {
    if (out.size >= MOST) break;
    if (/attribute$/iu.test(property.name) && isGeneric(property.space)) generic(property, '', out);
    else if (property.space.includes('www.opengis.net/gml') && (property.name === 'name' || property.name === 'description')) put(out, property.name, property.text.trim());
    else if (!NOT.test(property.name) && !isGml(property.space) && !property.geometry) plain(property, prefixOf(property), out);
  }
  const height = out.get('height.Height.value') ?? out.get('height.value');
  if (typeof height === 'number' && !out.has('measuredHeight')) out.set('measuredHeight', height);
  const year = /^(\d{4})-/u.exec(String(out.get('dateOfConstruction') ?? ''))?.[1];
  if (year && !out.has('yearOfConstruction')) out.set('yearOfConstruction', Number(year));
  const address = feature.children.filter(({ name }) => name === 'address').map(addressOf).filter(Boolean);
  if (address.length > 0) out.set('address', address.join('; '));
  return Object.fromEntries(out);
}

function isGml(space: string): boolean {
  return space.includes('www.opengis.net/gml');
}

function isGeneric(space: string): boolean {
  return space.includes('/citygml/generics/') || space.includes('www.opengis.net/citygml/');
}

/** `uro:` and `urf:` whatever a file calls them; '' for CityGML's own. @source MLIT, i-UR 1.4 to 3.1 */
function prefixOf({ space, prefix }: GmlNode): string {
  if (/www\.opengis\.net\/citygml/u.test(space)) return '';
  const japan = /\/iur\/(ur[of])\//u.exec(space)?.[1];
  const name = japan ?? prefix;
  return name === '' ? '' : `${name}:`;
}

/** A value under a key; a second one goes after the first. */
function put(out: Map<string, unknown>, key: string, value: unknown): void {
  if (value === '' || value === undefined) return;
  const before = out.get(key);
  out.set(key, before === undefined || before === value ? value : `${String(before)}; ${String(value)}`);
}

/** `<gen:stringAttribute name="a"><gen:value>` (2.0), `<gen:StringAttribute><gen:name>` (3.0), and sets of them. */
function generic(property: GmlNode, before: string, out: Map<string, unknown>): void {
  const inner = property.children.length === 1 && /Attribute(Set)?$/u.test(property.children[0].name) && property.attributes?.name === undefined ? property.children[0] : property;
  const name = inner.attributes?.name ?? child(inner, 'name')?.text.trim() ?? '';
  const value = child(inner, 'value');
  if (name === '') return;
  if (value) put(out, before + name, /^(int|double|measure)/iu.test(inner.name) ? valueOf(value) : value.text.trim());
  else for (const each of inner.children) if (each.children.length > 0 && before.length < 200) generic(each, `${before}${name}.`, out);
}

/** A property with text, or with data types in it: `uro:buildingIDAttribute/uro:BuildingIDAttribute/uro:buildingID` → `uro:buildingID.buildingID`. */
function plain(property: GmlNode, prefix: string, out: Map<string, unknown>): void {
  if (property.children.length === 0) {
    put(out, prefix + property.name, valueOf(property));
    return;
  }
  for (const data of property.children) {
    const pair = child(data, 'key') && (child(data, 'codeValue') ?? child(data, 'stringValue') ?? data.children.find(({ name }) => name.endsWith('Value')));
    const type = data.name.replace(/Attribute$/u, '');
    const start = `${prefix}${type[0].toLowerCase()}${type.slice(1)}`;
    if (pair) put(out, `${start}.${child(data, 'key')!.text.trim()}`, valueOf(pair));
    else if (data.children.length === 0) put(out, `${prefix}${property.name}${/^[A-Z]/u.test(data.name) ? '' : `.${data.name}`}`, valueOf(data));
    else leaves(data, start, out, 0);
  }
}

function leaves(data: GmlNode, start: string, out: Map<string, unknown>, depth: number): void {
  for (const each of data.children) {
    if (each.children.length === 0) put(out, `${start}.${each.name}`, valueOf(each));
    else if (depth < 4) leaves(each, /^[A-Z]/u.test(each.name) ? start : `${start}.${each.name}`, out, depth + 1);
  }
}

/** A number where the text is one and no code; leading zeros and code lists keep their text. */
function valueOf(node: GmlNode): unknown {
  const text = node.text.trim();
  if (node.attributes?.codeSpace !== undefined || CODES.has(node.name)) return text;
  if (/^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/u.test(text)) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : text;
}

/** xAL 2 (CityGML 2) and xAL 3 (CityGML 3). */
function addressOf(property: GmlNode): string {
  const texts = (pattern: RegExp): string[] => below(property, ({ name, children }) => pattern.test(name) && children.length === 0).map(({ text }) => text.trim()).filter(Boolean);
  const first = (pattern: RegExp): string | undefined => texts(pattern)[0];
  const inside = (holder: RegExp): string | undefined => {
    const found = below(property, ({ name }) => holder.test(name))[0];
    return found && below(found, ({ children, text }) => children.length === 0 && text.trim() !== '').map(({ text }) => text.trim())[0];
  };
  const number = first(/^ThoroughfareNumber$/u) ?? below(property, ({ name }) => name === 'Thoroughfare').flatMap((each) => below(each, ({ name }) => name === 'Number'))[0]?.text.trim();
  const line = addressLine({ country: first(/^CountryName$/u) ?? inside(/^Country$/u), locality: first(/^LocalityName$/u) ?? inside(/^Locality$/u), street: first(/^ThoroughfareName$/u) ?? inside(/^Thoroughfare$/u), number, postcode: first(/^PostalCodeNumber$/u) ?? inside(/^PostCode$/u) });
  return line || texts(/^(AddressLine|.*Name)$/u).join(' ');
}
