const RASTERS = ['.tif', '.tiff', '.jpg', '.jpeg', '.png'] as const;

/** Files that are read with another one and are no input of their own: their extensions, and what the file they belong to may be called. */
const families: readonly (readonly [side: RegExp, main: readonly string[]])[] = [
  [/\.(dbf|shx|prj|qpj|cpg|cst|sbn|sbx|fbn|fbx|ain|aih|ixs|mxs|atx)$/iu, ['.shp']],
  [/\.(shp\.xml|qix)$/iu, ['.shp']],
  [/\.mtl$/iu, ['.obj']],
  [/\.bin$/iu, ['.gltf']],
  [/\.(tfw|tifw|tiffw|ovr|rrd)$/iu, ['.tif', '.tiff']],
  [/\.(jgw|jpgw|jpegw)$/iu, ['.jpg', '.jpeg']],
  [/\.(pgw|pngw)$/iu, ['.png']],
  [/\.wld$/iu, RASTERS],
  [/\.gpkg-(wal|shm|journal)$/iu, ['.gpkg']],
  [/\.(jpe?g|png|webp|ktx2|tga|bmp|dds)$/iu, ['.obj', '.gltf', '.gml', '.xml', '.json', '.city.json', '.jsonl', '.mtl']],
];

/** Sidecars that are called as the whole file with something behind it: `a.tif.aux.xml`, `a.shp.xml`. */
const behind = /\.(aux\.xml|msk|ovr|xml|aux)$/iu;

/** Pictures, materials and buffers lie in any folder below the file that uses them. */
const below = /\.(jpe?g|png|webp|ktx2|tga|bmp|dds|mtl|bin)$/iu;

/**
 * The extensions a file's main file may have, by its name alone: `.shp` for `a.dbf`. undefined for a file that stands for itself. A picture may as well be an
 * input of its own: whether there is such a main file tells {@link mainFilesOf}.
 */
export function belongsTo(name: string): readonly string[] | undefined {
  return families.find(([side]) => side.test(name))?.[1];
}

/**
 * Which of some files belong to which other one: of the same stem in the same folder, or called as the whole other file with something behind it; for pictures,
 * materials and buffers, any model or city in their folder or above it. What is not in the map is an input of its own.
 * @param names all names there are, as the user gave them
 */
export function mainFilesOf(names: readonly string[]): Map<string, string> {
  const byName = new Map(names.map((name) => [name.toLowerCase(), name]));
  const byStem = new Map<string, string[]>();
  const byFolder = new Map<string, string[]>();
  for (const name of names) {
    if (belongsTo(name) === undefined || below.test(name)) push(byStem, stemOf(name), name);
    if (belongsTo(name) === undefined) push(byFolder, folderOf(name), name);
  }
  const found = new Map<string, string>();
  for (const name of names) {
    const main = mainOf(name, byName, byStem, byFolder);
    if (main !== undefined && main !== name) found.set(name, main);
  }
  return found;
}

function mainOf(name: string, byName: ReadonlyMap<string, string>, byStem: ReadonlyMap<string, readonly string[]>, byFolder: ReadonlyMap<string, readonly string[]>): string | undefined {
  const after = behind.exec(name);
  const whole = after ? byName.get(name.slice(0, after.index).toLowerCase()) : undefined;
  if (whole !== undefined) return whole;
  const fits = (other: string, wanted: readonly string[]): boolean => other !== name && wanted.some((extension) => other.toLowerCase().endsWith(extension));
  if (/\.aux\.xml$/iu.test(name)) return byStem.get(name.slice(0, -'.aux.xml'.length).toLowerCase())?.find((other) => fits(other, RASTERS));
  const wanted = belongsTo(name);
  if (!wanted) return undefined;
  const same = byStem.get(stemOf(name))?.find((other) => fits(other, wanted));
  if (same !== undefined || !below.test(name)) return same;
  for (let folder = folderOf(name); ; folder = folderOf(folder.slice(0, -1))) {
    const main = byFolder.get(folder)?.find((other) => fits(other, wanted));
    if (main !== undefined || folder === '') return main;
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** The path without the last extension, in lower case. */
function stemOf(name: string): string {
  return name.toLowerCase().replace(/\.[^./\\]*$/u, '');
}

/** With its slash; '' for none. */
function folderOf(name: string): string {
  return name.replace(/[^/\\]*$/u, '');
}
