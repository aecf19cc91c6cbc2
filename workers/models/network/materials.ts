/** Pipe materials and the words for them in data, in lower case. The key is what columns hold. */
const words: Readonly<Record<string, string>> = {
  'ductile iron': 'ductile iron|di|dip|球墨铸铁|球墨|球墨铸铁管', 'cast iron': 'cast iron|ci|cip|铸铁|灰口铸铁|铸铁管', steel: 'steel|st|钢|钢管|q235|stahl', pe: 'pe|hdpe|mdpe|pe80|pe100|pe 80|pe 100|聚乙烯|pe管|hdpe双壁波纹管',
  pvc: 'pvc|upvc|pvc-u|聚氯乙烯|pvc管', concrete: 'concrete|rcp|rc|pccp|混凝土|钢筋混凝土|砼|混凝土管', 'asbestos cement': 'ac|asbestos cement|石棉水泥', copper: 'copper|cu|铜', 'glass fibre': 'grp|frp|玻璃钢', clay: 'clay|vc|陶土',
};

const known: ReadonlyMap<string, string> = new Map(Object.entries(words).flatMap(([material, list]) => list.split('|').map((word) => [word, material] as const)));

/** The material a word stands for; '' for a word that names none. */
export function materialOf(word: string): string {
  const plain = word.trim().toLowerCase();
  return known.get(plain) ?? known.get(plain.replace(/[\d\s.]+$/u, '').trim()) ?? (/\bpe ?(80|100)\b/u.test(plain) ? 'pe' : '');
}
