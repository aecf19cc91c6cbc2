import { describe, expect, test } from 'vitest';
import { UI_EN } from './dictionary-en.ts';
import { UI_ZH } from './dictionary-zh.ts';
import { formatArea, formatLength, formatNumber, formatPlace, formatSpan, formatValue, formatDate, formatTime, zoneAt } from './format.ts';
import { Words } from './words.ts';

const words = (language: 'zh' | 'en') => new Words({ zh: UI_ZH, en: UI_EN }, language);

describe('format', () => {
  test.each([[0.04, '0 m'], [8.44, '8.4 m'], [856.4, '856 m'], [999.6, '1,000 m'], [1240, '1.24 km'], [1_222_300, '1,222 km']])('%s m reads %s', (metres, text) => {
    expect(formatLength(metres, 'en')).toBe(text);
  });

  test.each([[12.34, '12.3 m²'], [9800, '9,800 m²'], [23_456, '2.35 ha'], [6_300_000, '6.3 km²']])('%s m² reads %s', (metres, text) => {
    expect(formatArea(metres, 'zh')).toBe(text);
  });

  test('spans have two parts at most and never run backwards', () => {
    expect([-3, 4.4, 60, 125, 700, 7_500, 200_000].map((seconds) => formatSpan(seconds, words('en')))).toEqual(['0 s', '4 s', '1 min', '2 min 5 s', '11 min', '2 h 5 min', '2 days']);
    expect(formatSpan(125, words('zh'))).toBe('2 分 5 秒');
  });

  test('places carry their hemisphere', () => {
    expect(formatPlace(-0.5, -33.1234567)).toBe('0.50000° W  33.12346° S');
  });

  test('values: numbers rounded, texts as they are, words in the language', () => {
    expect(formatValue(54.345, 'en')).toBe('54.35');
    expect(formatValue(12_034, 'zh')).toBe('12,034');
    expect(formatValue({ zh: '住宅', en: 'residential' }, 'zh')).toBe('住宅');
    expect(formatNumber(Number.NaN, 'en')).toBe('–');
  });

  test('date and time agree with the machine’s zone', () => {
    const unix = 1_795_269_904;
    const text = `${formatDate(unix)}T${formatTime(unix)}${zoneAt(unix).replace('UTC', '').replace('−', '-').replace(/^([+-])(\d)(?=$|:)/u, '$10$2').replace(/^([+-]\d\d)$/u, '$1:00')}`;
    expect(Date.parse(text) / 1000).toBe(unix);
  });
});
