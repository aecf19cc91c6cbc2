import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';
import { describe, expect, test } from 'vitest';
import { UI_EN } from '../../engine/ui/dictionary-en.ts';
import { UI_ZH } from '../../engine/ui/dictionary-zh.ts';
import { repository } from '../../tests/shared.ts';
import { PAGE_EN } from './dictionary-en.ts';
import { PAGE_ZH } from './dictionary-zh.ts';

const FOLDERS = ['engine/ui', 'demo/planner', 'demo/embed', 'demo/examples'];
const CJK = /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/u;
/** Two words with a space between, or a capital and small letters: what a person would take for a text. */
const PROSE = /[A-Za-z]{2,} [A-Za-z]{2,}|^[A-Z][a-z]{2,}/u;
/** What puts a text before a person. */
const SHOWS = new Set(['text', 'label', 'title', 'placeholder', 'aria-label', 'aria-valuetext', 'textContent', 'alt', 'innerText', 'ariaLabel']);
const BRAND = /^(城镜|CityMirror|城镜 CityMirror)$/u;

interface Node { type: string; start: number; [key: string]: unknown }

function filesOf(ends: RegExp): string[] {
  return FOLDERS.flatMap((folder) => readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file.replaceAll('\\', '/')}`))
    .filter((file) => ends.test(file) && !/\.test\.ts$|\/testing\/|\/(dictionary-(zh|en)|errors-zh|reasons-zh|tokens|style|page-style|icons)\.ts$/u.test(file));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function nameOf(key: unknown): string {
  if (!isNode(key)) return '';
  return key.type === 'Identifier' ? String(key.name) : key.type === 'Literal' ? String(key.value) : '';
}

/** Whether an object gives a text in both languages itself. */
function isText(node: Node): boolean {
  const names = new Set((node.properties as Node[]).map((property) => nameOf(property.key)));
  return names.has('zh') && names.has('en');
}

/** Texts of a source that stand outside the dictionaries, with their place. */
function strayTexts(file: string, source: string): string[] {
  const found: string[] = [];
  const visit = (node: Node, shows: boolean, thrown: boolean): void => {
    if (node.type === 'ImportDeclaration' || node.type.startsWith('TS')) return;
    if (node.type === 'ObjectExpression' && isText(node)) return;
    const value = node.type === 'Literal' && typeof node.value === 'string' ? node.value : node.type === 'TemplateElement' ? String((node.value as { raw: string }).raw) : null;
    if (value !== null && !BRAND.test(value.trim())) {
      if (CJK.test(value)) found.push(`${file}: ${value}`);
      else if (!thrown && shows && PROSE.test(value)) found.push(`${file}: ${value}`);
    }
    const errs = thrown || (node.type === 'NewExpression' && nameOf(node.callee).endsWith('Error'));
    const call = node.type === 'CallExpression' ? nameOf(node.callee) : '';
    for (const [key, child] of Object.entries(node)) {
      let here = shows;
      if (node.type === 'Property') here = key === 'value' && SHOWS.has(nameOf(node.key));
      else if (node.type === 'AssignmentExpression') here = key === 'right' && isNode(node.left) && SHOWS.has(nameOf(node.left.property));
      else if (node.type === 'CallExpression') here = key === 'arguments' && /^(h|append|replaceChildren|say|setLabel|button)$/u.test(call || nameOf(isNode(node.callee) ? node.callee.property : null));
      else if (!['ConditionalExpression', 'LogicalExpression', 'TemplateLiteral', 'BinaryExpression', 'TemplateElement', 'ArrayExpression', 'SpreadElement'].includes(node.type)) here = false;
      // A key handed to say(), an element's name: an argument that is one word of a program, not of a person.
      for (const each of Array.isArray(child) ? child : [child]) if (isNode(each)) visit(each, here, errs);
    }
  };
  visit(parseSync(file, source).program as unknown as Node, false, false);
  return found;
}

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)[#}]/gu)].map((match) => match[1]))].toSorted();
}

/** Keys that a source hands to say(). */
function keysSaid(file: string, source: string): string[] {
  const keys: string[] = [];
  const { program } = parseSync(file, source);
  new Visitor({
    CallExpression(node) {
      const [first] = node.arguments;
      if (node.callee.type === 'MemberExpression' && nameOf(node.callee.property) === 'say' && first?.type === 'Literal' && typeof first.value === 'string') keys.push(first.value);
    },
  }).visit(program);
  return keys;
}

describe('texts', () => {
  const english: Record<string, string> = { ...UI_EN, ...PAGE_EN };
  const chinese: Record<string, string> = { ...UI_ZH, ...PAGE_ZH };

  test('both dictionaries hold the same keys, each with a text', () => {
    expect(Object.keys(chinese).toSorted()).toEqual(Object.keys(english).toSorted());
    expect(Object.keys(UI_EN).filter((key) => key in PAGE_EN)).toEqual([]);
    for (const [key, text] of [...Object.entries(english), ...Object.entries(chinese)]) expect([key, text.trim()]).not.toEqual([key, '']);
  });

  test('Chinese texts are Chinese, English ones are not', () => {
    const names = /^(bar\.three|bar\.cesium|bar\.language|bar\.languageTip|incident\.csv|list)$/u;
    for (const [key, text] of Object.entries(chinese)) if (!names.test(key)) expect([key, CJK.test(text)]).toEqual([key, true]);
    for (const [key, text] of Object.entries(english)) if (!names.test(key)) expect([key, CJK.test(text)]).toEqual([key, false]);
  });

  test('placeholders agree', () => {
    for (const key of Object.keys(english)) if (!key.startsWith('error.')) expect([key, placeholders(chinese[key])]).toEqual([key, placeholders(english[key])]);
  });

  test('no text stands outside the dictionaries', () => {
    const files = filesOf(/\.ts$/u);
    expect(files.length).toBeGreaterThan(30);
    expect(files.flatMap((file) => strayTexts(file, readFileSync(join(repository, file), 'utf8')))).toEqual([]);
  });

  test('pages hold no text but the name', () => {
    for (const file of filesOf(/\.html$/u)) {
      const text = readFileSync(join(repository, file), 'utf8').replace(/<script[\s\S]*?<\/script>/gu, '').replace(/<[^>]*>/gu, '\n');
      for (const line of text.split('\n').map((each) => each.trim()).filter((each) => each !== '')) expect([file, line]).toEqual([file, expect.stringMatching(BRAND)]);
    }
  });

  test('every key that a source says is in the dictionaries', () => {
    const said = filesOf(/\.ts$/u).flatMap((file) => keysSaid(file, readFileSync(join(repository, file), 'utf8')));
    expect(said.length).toBeGreaterThan(60);
    expect(said.filter((key) => !(key in english))).toEqual([]);
  });

  test.each([
    ["h('p', { text: 'Nothing found' })", 1], ["node.textContent = 'Layers';", 1], ["h('p', {}, 'All good here')", 1], ["const a = '图层';", 1], ['node.title = `Affected ${n}`;', 1],
    ["h('p', { text: words.say('layers.title') })", 0], ["const title = { zh: '图层', en: 'Layers' };", 0], ["throw new Error('It broke somewhere');", 0], ["h('button', { class: 'icon small' })", 0], ["// 注释\nconst a = 1;", 0],
  ])('sees %s', (source, count) => {
    expect(strayTexts('x.ts', source)).toHaveLength(count);
  });
});
