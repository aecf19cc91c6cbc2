/** Licences that what we ship may be under. MPL-2.0 binds its own files alone, which we do not change; EDL-1.0 is the words of BSD-3-Clause. */
export const ALLOWED = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'MPL-2.0', 'Zlib', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense', 'EDL-1.0'];

/** What the texts say where a manifest has it wrong; read by a person. */
export const READ = { 'arc@0.2.0': 'BSD-2-Clause', 'splaytree-ts@1.0.2': 'BSD-3-Clause' };

const COPYLEFT = /\b(A?GPL|LGPL|SSPL|GNU)\b/iu;
/** Titles of licence texts that a manifest's word cannot talk away. */
const TITLES = /^\W*(GNU (?:AFFERO |LESSER |LIBRARY )?GENERAL PUBLIC LICENSE|SERVER SIDE PUBLIC LICENSE)/imu;

/** Whether an SPDX expression leaves a choice that is allowed: any side of OR, every side of AND. */
function permitted(expression) {
  const plain = expression.trim().replace(/^\((.*)\)$/u, '$1');
  const any = split(plain, ' OR ');
  if (any.length > 1) return any.some(permitted);
  const all = split(plain, ' AND ');
  if (all.length > 1) return all.every(permitted);
  return ALLOWED.includes(plain.replace(/ WITH .*$/u, ''));
}

/** Splits at a word that stands outside all brackets. */
function split(expression, word) {
  const parts = [''];
  for (let i = 0, depth = 0; i < expression.length; i++) {
    if (expression[i] === '(') depth++;
    else if (expression[i] === ')') depth--;
    if (depth === 0 && expression.startsWith(word, i)) {
      parts.push('');
      i += word.length - 1;
    } else parts[parts.length - 1] += expression[i];
  }
  return parts;
}

/** Why a package must not be shipped; null when it may. A script linked into one file is linked statically, so the LGPL is refused with the rest. */
export function refusal(licence, text = '') {
  const title = TITLES.exec(text)?.[1];
  const fine = licence !== '' && permitted(licence);
  if (title && !(fine && / OR /u.test(licence))) return `its licence text is the ${title}, which must not be in the package; take another`;
  if (fine) return null;
  if (COPYLEFT.test(licence)) return `it is under ${licence}, which must not be in the package; take another`;
  return licence === '' ? 'it states no licence; ask its authors or take another' : `its licence ${licence} is not on the list of .ci/licences.mjs; read it, then add it or take another`;
}
