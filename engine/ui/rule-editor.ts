import type { LayerDocument } from '../document.ts';
import type { Condition } from '../drawing/rule.ts';
import { put } from './edit.ts';
import { h, type Part } from './element.ts';
import { icon } from './icons.ts';
import { comparisons, firstCondition, withValue, type PropertyInfo } from './properties.ts';

/** Colour by a property or a live value, and which features are shown. Changes go into the document at once. */
export function ruleEditor(part: Part, id: string, infos: readonly PropertyInfo[]): { element: HTMLElement; update(document: LayerDocument): void } {
  const { ui } = part;
  const { words, twin } = ui;
  const colourable = infos.filter((info) => info.rule);
  const select = h('select', {
    class: 'slim', id: `rule-${id}`,
    onchange: () => {
      const info = colourable.find((each) => each.key === select.value);
      put(twin, `/layers/${id}/rule`, info?.rule ?? null);
    },
  }, h('option', { value: '', text: words.say('rule.own') }), ...colourable.map((info) => {
    const name = `${words.text(info.title)}${info.unit ? ` (${info.unit})` : ''}`;
    return h('option', { value: info.key, text: info.live ? words.say('rule.live', { name }) : name });
  }));
  // Conditions look at what the data say; a live value changes under them.
  const fixed = infos.filter((info) => !info.live);
  const list = h('div', { class: 'stack' });
  const add = h('button', {
    class: 'text slim', type: 'button',
    onclick: () => setFilter(part, id, [...(twin.document.layers[id]?.filter ?? []), firstCondition(fixed[0])]),
  }, icon('filter'), words.say('filter.add'));
  const element = h('div', { class: 'stack' },
    h('div', { class: 'field' }, h('label', { for: `rule-${id}`, text: words.say('rule.title') }), select),
    list, fixed.length > 0 ? h('div', {}, add) : null);
  element.hidden = infos.length === 0;
  let shown: string | null = null;
  return {
    element,
    update(document) {
      const key = document.rule?.key ?? '';
      select.value = colourable.some((info) => info.key === key) ? key : '';
      const wanted = JSON.stringify(document.filter ?? []);
      if (wanted === shown) return;
      shown = wanted;
      list.replaceChildren(...(document.filter ?? []).map((condition, i) => conditionRow(part, id, fixed, condition, i)));
    },
  };
}

function setFilter(part: Part, id: string, filter: readonly Condition[]): void {
  put(part.ui.twin, `/layers/${id}/filter`, filter);
}

function conditionRow(part: Part, id: string, infos: readonly PropertyInfo[], condition: Condition, at: number): HTMLElement {
  const { words, twin } = part.ui;
  const all = (): readonly Condition[] => twin.document.layers[id]?.filter ?? [];
  const replace = (next: Condition): void => setFilter(part, id, all().map((each, i) => (i === at ? next : each)));
  const info = infos.find((each) => each.key === condition.key) ?? infos[0];
  const property = h('select', { class: 'slim', label: words.say('filter.property'), onchange: () => replace(firstCondition(infos.find((each) => each.key === property.value) ?? info)) },
    ...infos.map((each) => h('option', { value: each.key, text: words.text(each.title), selected: each.key === condition.key })));
  const signs: Record<string, string> = { '>=': '≥', '<=': '≤', '!=': '≠' };
  const comparison = h('select', { class: 'slim op', label: words.say('filter.comparison'), onchange: () => replace({ ...condition, is: comparison.value as Condition['is'] }) },
    ...comparisons(info.kind).map((each) => h('option', { value: each, text: signs[each] ?? each, selected: each === condition.is })));
  return h('div', { class: 'condition' }, property, comparison, valueField(part, info, condition, replace),
    h('button', { class: 'icon small', type: 'button', label: words.say('filter.remove'), onclick: () => setFilter(part, id, all().filter((_, i) => i !== at)) }, icon('close')));
}

function valueField(part: Part, info: PropertyInfo, condition: Condition, replace: (next: Condition) => void): HTMLElement {
  const { words } = part.ui;
  const label = words.say('filter.value');
  if (info.kind === 'word' && info.words) {
    const select = h('select', { class: 'slim', label, onchange: () => replace({ ...condition, value: select.value }) },
      ...info.words.map((each) => h('option', { value: each.value, text: words.text(each.title), selected: each.value === condition.value })));
    return select;
  }
  const input = h('input', {
    class: 'slim', type: 'text', inputmode: info.kind === 'number' ? 'decimal' : 'text', label, value: String(condition.value),
    onchange: () => {
      const next = withValue(condition, info.kind, input.value);
      input.setAttribute('aria-invalid', String(next === null));
      if (next) replace(next);
    },
  });
  return input;
}
