import { describe, expect, test, vi } from 'vitest';
import { emptyDocument } from '../document.ts';
import { documentIn, fragmentOf } from './share.ts';

const document = { ...emptyDocument([117.49, 30.66], { zh: '池州 “样例”', en: 'Chizhou' }), tools: { note: { text: '🏙'.repeat(400) } } };

describe('share link', () => {
  test('brings a document back as it was, in characters that survive a chat', async () => {
    const fragment = await fragmentOf(document);
    expect(fragment).toMatch(/^scene=z\.[\w-]+$/u);
    expect(await documentIn(`#${fragment}`)).toEqual(document);
    expect(fragment.length).toBeLessThan(JSON.stringify(document).length);
  });

  test('does without compression where the browser has none', async () => {
    vi.stubGlobal('CompressionStream', undefined);
    const fragment = await fragmentOf(document).finally(() => vi.unstubAllGlobals());
    expect(fragment.startsWith('scene=j.')).toBe(true);
    expect(await documentIn(`#other=1&${fragment}`)).toEqual(document);
  });

  test('a page without a scene in its address has none', async () => {
    expect(await documentIn('')).toBeNull();
    expect(await documentIn('#top')).toBeNull();
  });

  test('a link cut off is refused with a sentence', async () => {
    const fragment = await fragmentOf(document);
    await expect(documentIn(fragment.slice(0, -20))).rejects.toMatchObject({ code: 'bad-document' });
    await expect(documentIn('#scene=j.!!!')).resolves.toBeNull();
    await expect(documentIn('#scene=j.e30x')).rejects.toMatchObject({ code: 'bad-document' });
  });

  test('a link that unfolds into more than 4 MB is refused before it fills the memory', async () => {
    const bomb = await fragmentOf({ text: ' '.repeat(6_000_000) });
    expect(bomb.length).toBeLessThan(20_000);
    await expect(documentIn(bomb)).rejects.toMatchObject({ code: 'too-large' });
  });
});
