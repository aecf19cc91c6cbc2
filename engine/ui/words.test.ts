import { describe, expect, test } from 'vitest';
import { Words } from './words.ts';

const words = (language: 'zh' | 'en') => new Words({ zh: { count: '{n} 栋' }, en: { count: '{n} {n#building|buildings}' } }, language);

describe('words', () => {
  test('puts values in and chooses by one', () => {
    expect(words('en').say('count', { n: 1 })).toBe('1 building');
    expect(words('en').say('count', { n: '1,204' })).toBe('1,204 buildings');
    expect(words('zh').say('count', { n: 0 })).toBe('0 栋');
  });

  test('leaves a placeholder without a value as it stands', () => {
    expect(words('en').say('count')).toBe('{n} {n#building|buildings}');
  });

  test('a listener that listens again while it is told is told once', () => {
    const both = words('zh');
    let told = 0;
    const listen = (): void => {
      const abort = new AbortController();
      both.onChange(() => {
        told++;
        abort.abort();
        listen();
      }, abort.signal);
    };
    listen();
    both.language = 'en';
    both.language = 'en';
    expect(told).toBe(1);
    both.language = 'zh';
    expect(told).toBe(2);
  });
});
