import type { Card, CardRow, Text } from '#engine';
import { incidentTitle, kindTexts } from './incident.ts';
import type { Zone } from './zone.ts';

const labels = {
  kind: { zh: '类型', en: 'Kind' },
  radius: { zh: '影响半径', en: 'Radius' },
  total: { zh: '受影响建筑', en: 'Buildings affected' },
  homes: { zh: '其中住宅', en: 'of these homes' },
  sensitive: { zh: '其中学校、医院', en: 'of these schools and hospitals' },
  highest: { zh: '最高建筑', en: 'Tallest' },
} as const satisfies Record<string, Text>;

/** The card of an incident: what it is, and what it reaches. */
export function incidentCard(zone: Zone, source: Text | null): Card {
  const { incident, affected, failed } = zone;
  const rows: CardRow[] = [
    { label: labels.kind, value: kindTexts[incident.kind] },
    { label: labels.radius, value: incident.radius, unit: 'm' },
  ];
  if (failed) rows.push({ label: labels.total, value: { zh: '未能统计', en: 'could not be counted' } });
  else if (!affected) rows.push({ label: labels.total, value: { zh: zone.progress === null ? '数据中没有建筑' : '统计中…', en: zone.progress === null ? 'no buildings in the data' : 'counting…' } });
  if (affected) {
    const uses = affected.uses.map((use) => use.toLowerCase());
    const heights = affected.heights.filter((height) => Number.isFinite(height));
    rows.push({ label: labels.total, value: affected.total });
    rows.push({ label: labels.homes, value: uses.filter((use) => use === 'residential' || use === 'old-town').length });
    rows.push({ label: labels.sensitive, value: uses.filter((use) => use === 'school' || use === 'hospital').length });
    if (heights.length > 0) rows.push({ label: labels.highest, value: Math.round(heights.reduce((most, height) => Math.max(most, height), 0) * 10) / 10, unit: 'm' });
  }
  return { title: incidentTitle(incident), rows, asOf: incident.at > 0 ? incident.at : null, stale: false, source };
}
