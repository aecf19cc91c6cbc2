import { describe, expect, test } from 'vitest';
import { csv } from './csv.ts';

describe('csv', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\r=1', ' =cmd|x'])('a text that a spreadsheet would run stays a text: %j', (text) => {
    const line = csv(['a'], [[text]]).split('\r\n').slice(1).join('\r\n');
    expect(line.replace(/^"/u, '').startsWith("'")).toBe(true);
  });

  test('numbers stay numbers, negative ones too; unknown ones are empty', () => {
    expect(csv(['a', 'b', 'c'], [[-12.5, Number.NaN, null]])).toBe('\uFEFFa,b,c\r\n-12.5,,\r\n');
  });

  test('quotes, commas and line breaks are enclosed', () => {
    expect(csv(['名称'], [['甲"乙", 丙\n丁']])).toBe('\uFEFF名称\r\n"甲""乙"", 丙\n丁"\r\n');
  });
});
