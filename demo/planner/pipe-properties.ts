import { networkKindLook, type PropertyInfo, type Rule } from 'citymirror';
import { both } from './properties.ts';

/** What of networks.json panels need. */
export interface NetworkTables {
  readonly networks: readonly { readonly kind: string; readonly linkTable: { readonly columns: readonly { readonly name: string; readonly dictionary?: readonly string[] }[] } }[];
}

/** Steps of viridis, light for thin and shallow, dark for wide and deep. */
const STEPS = ['#e2e418', '#5cc863', '#1fa187', '#277f8e', '#46327e'];
/** Diameters in metres between service pipes, distribution, feeders, mains and trunk mains. */
const DIAMETERS = [0.15, 0.3, 0.5, 1];
/** Metres from the ground to the crown. */
const COVERS = [0.7, 1.2, 2, 4];

const materials: Readonly<Record<string, { zh: string; en: string; colour: string }>> = {
  'ductile iron': { zh: '球墨铸铁', en: 'Ductile iron', colour: '#4f7fc4' }, 'cast iron': { zh: '铸铁', en: 'Cast iron', colour: '#34518a' }, steel: { zh: '钢', en: 'Steel', colour: '#7d8b99' }, pe: { zh: '聚乙烯', en: 'Polyethylene', colour: '#2fa38c' },
  pvc: { zh: '聚氯乙烯', en: 'PVC', colour: '#8fc25a' }, concrete: { zh: '混凝土', en: 'Concrete', colour: '#b59a6a' }, 'asbestos cement': { zh: '石棉水泥', en: 'Asbestos cement', colour: '#c2554d' }, clay: { zh: '陶土', en: 'Clay', colour: '#b5683c' },
};

const steps = (key: string, limits: readonly number[], title: { zh: string; en: string }): Rule => ({ by: 'property', key, title, unit: 'm', classes: { limits, colours: STEPS } });

/** What the pipes of a city offer for colours and conditions. */
export function pipeProperties({ networks }: NetworkTables): PropertyInfo[] {
  const columns = networks.flatMap(({ linkTable }) => linkTable.columns);
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  const words = [...new Set(columns.filter(({ name }) => name === 'material').flatMap(({ dictionary = [] }) => dictionary))].filter((word) => word !== '');
  const kinds = [...new Set(networks.map(({ kind }) => kind))];
  const infos: PropertyInfo[] = [];
  if (has('diameter')) infos.push({ key: 'diameter', title: both('property.diameter'), unit: 'm', kind: 'number', from: 0, to: 1, rule: steps('diameter', DIAMETERS, both('property.diameter')) });
  infos.push({ key: 'cover', title: both('property.cover'), unit: 'm', kind: 'number', from: 0, to: 6, rule: steps('cover', COVERS, both('property.cover')) });
  if (words.length > 0) {
    const title = (word: string): { zh: string; en: string } => (materials[word] ? { zh: materials[word].zh, en: materials[word].en } : { zh: word, en: word });
    const known = words.filter((word) => word in materials);
    infos.push({
      key: 'material', title: both('property.material'), kind: 'word', words: words.map((value) => ({ value, title: title(value) })),
      rule: { by: 'property', key: 'material', title: both('property.material'), match: { colours: Object.fromEntries(known.map((word) => [word, materials[word].colour])), other: '#9aa4ab', labels: Object.fromEntries(known.map((word) => [word, title(word)])) } },
    });
  }
  if (kinds.length > 1) infos.push({ key: 'kind', title: both('property.pipeKind'), kind: 'word', words: kinds.map((value) => ({ value, title: { ...networkKindLook(value).title } })), rule: null });
  return infos;
}
