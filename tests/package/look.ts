import type { Browser } from 'playwright-core';
import { decodePng } from '../png.ts';
import { variety } from '../view-checks.ts';

declare global {
  interface Window {
    twin?: import('../../layers/citymirror.ts').CityTwin;
    refused: string[];
    faults: string[];
  }
}

/** Colours in a picture, at least one more than these, from which it shows a city and not its background alone. */
export const SHOWN = 8;

export interface Looked {
  /** Colours in the picture that differ clearly. */
  readonly colours: number;
  /** What the policy refused. */
  readonly refused: string[];
  /** What the twin said went wrong. */
  readonly faults: string[];
  /** Console errors, uncaught exceptions, answers of 400 and above. */
  readonly errors: string[];
  /** Paths of the scripts that the page itself asked for, workers' first files among them; what workers import is not. */
  readonly scripts: string[];
}

/** Opens the README's portal, waits until its buildings are shown and (where there is a broker) its vehicles live, and looks. */
export async function look(browser: Browser, url: string, live: boolean): Promise<Looked> {
  const page = await browser.newPage({ viewport: { width: 256, height: 256 } });
  const errors: string[] = [];
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
  page.on('response', (response) => { if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`); });
  try {
    await page.goto(url, { waitUntil: 'load' });
    const end = Date.now() + 50_000;
    for (;;) {
      // Asked again and again: what Playwright waits by is itself evaluated, and the policy refuses it.
      const states = await page.evaluate(() => (window.twin ? Object.keys(window.twin.document.layers).map((layer) => ({ layer, ...window.twin!.status(layer) })) : []));
      if (states.filter(({ layer, state }) => state === 'live' || (state === 'ready' && (!live || !layer.startsWith('traffic')))).length >= (live ? 3 : 2)) break;
      if (Date.now() > end) throw new Error(`${url} was not ready: ${JSON.stringify(states)}\n${errors.join('\n')}`);
      await page.waitForTimeout(100);
    }
    let colours = 0;
    do {
      await page.waitForTimeout(300);
      colours = variety(decodePng(await page.screenshot()));
    } while (colours <= SHOWN && Date.now() < end);
    return { colours, errors, ...(await page.evaluate(() => ({
      refused: window.refused, faults: window.faults,
      scripts: performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname).filter((path) => path.endsWith('.js')),
    }))) };
  } finally {
    await page.close();
  }
}
