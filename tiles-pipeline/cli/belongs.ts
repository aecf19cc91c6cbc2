/** Files that are read with another one and never by themselves. */
const companions = /\.(dbf|shx|prj|cpg|qix|qpj|sbn|sbx|fbn|ain|aih|ixs|mxs|atx|mtl|tfw|tifw|jgw|pgw|wld|ovr|msk|md5|sha256|qmd|sld|lyr|aux\.xml|shp\.xml|tif\.xml|tiff\.xml)$/iu;
/** The files each kind of companion belongs to, by the ending that takes its place. */
const mains: Readonly<Record<string, readonly string[]>> = { dbf: ['shp'], shx: ['shp'], prj: ['shp', 'tif', 'tiff', 'las', 'laz', 'asc'], cpg: ['shp'], qix: ['shp'], sbn: ['shp'], sbx: ['shp'], mtl: ['obj'], tfw: ['tif', 'tiff'], jgw: ['jpg', 'jpeg'], pgw: ['png'], bin: ['gltf'] };
const pictures = /\.(jpe?g|png|webp|bmp|gif|tga|ktx2?|dds)$/iu;
const worlds: Readonly<Record<string, readonly string[]>> = { jpg: ['jgw', 'jpgw', 'wld'], jpeg: ['jgw', 'jpgw', 'wld'], png: ['pgw', 'pngw', 'wld'], webp: ['wld'] };

/**
 * Whether a file belongs to another: `partner` where that one stands beside it, `kind` where only its ending says so.
 * @param names the names in its folder, in lower case
 */
export function belongsToOthers(name: string, names: ReadonlySet<string>): 'partner' | 'kind' | undefined {
  const low = name.toLowerCase();
  const stem = low.replace(/\.[^.]*$/u, '');
  const ending = low.slice(stem.length + 1);
  if ((mains[ending] ?? []).some((main) => names.has(`${stem}.${main}`)) || (companions.test(low) && names.has(companion(low)))) return 'partner';
  if (pictures.test(low)) return (worlds[ending] ?? []).some((world) => names.has(`${stem}.${world}`)) ? undefined : 'kind';
  return companions.test(low) ? 'kind' : undefined;
}

/** Whether a file of no known kind is something to read for people, by its name. */
export function isPaper(name: string): boolean {
  return /^(readme|licen[cs]e|copying|notice|authors|changelog|metadata|manifest|说明|使用说明|许可)|\.(txt|md|pdf|docx?|odt|rtf|html?|url|log)$/iu.test(name);
}

/** `a.tif` for `a.tif.aux.xml` and `a.tif.ovr`. */
function companion(low: string): string {
  return low.replace(/\.(aux\.xml|xml|ovr|msk|md5|sha256)$/u, '');
}
