import { h, UI_EN, UI_ZH, Words } from 'citymirror';
import { PAGE_EN, type PageKey } from '../planner/dictionary-en.ts';
import { PAGE_ZH } from '../planner/dictionary-zh.ts';
import { languageOf } from '../planner/language.ts';

const PAGES: readonly (readonly [string, PageKey])[] = [
  ['../planner/', 'example.planner'], ['./minimal/', 'example.minimal'], ['./colour-by-rule/', 'example.colour'], ['./live-traffic/', 'example.traffic'], ['./vehicles/', 'example.near'], ['./congestion/', 'example.congestion'], ['./fleet/', 'example.fleet'],
  ['./sensors/', 'example.sensors'], ['./surfaces/', 'example.surfaces'], ['./alerts/', 'example.alerts'], ['./bikes/', 'example.bikes'], ['./incident/', 'example.incident'],
  ['./junctions/', 'example.junctions'], ['./transit/', 'example.transit'], ['./parking/', 'example.parking'],
  ['./underground/', 'example.underground'],
  ['./two-places/', 'example.places'], ['./own-layer/', 'example.own'], ['./instances/', 'example.instances'], ['../embed/', 'example.embed'], ['../embed/element.html', 'example.element'],
];

const words = new Words({ zh: { ...UI_ZH, ...PAGE_ZH }, en: { ...UI_EN, ...PAGE_EN } }, languageOf(new URLSearchParams(location.search).get('lang'), navigator.languages));
document.documentElement.lang = words.language;
document.title = words.say('page.title', { scene: words.say('example.index') });
document.querySelector('main')?.append(h('h1', { text: words.say('example.index') }), h('ul', {}, ...PAGES.map(([href, title]) => h('li', {}, h('a', { href, text: words.say(title) })))));
