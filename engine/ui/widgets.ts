import { alarmsWidget } from './alarm-list.ts';
import { clockWidget } from './clock-bar.ts';
import { creditsWidget } from './credits.ts';
import { defineWidget, type Ui } from './element.ts';
import { eventsWidget } from './events-widget.ts';
import { layersWidget } from './layer-list.ts';
import { Notices } from './notices.ts';
import { noticesWidget } from './notices-widget.ts';
import { northWidget, placeWidget } from './place-bar.ts';
import type { LayerActions } from './properties.ts';
import type { TwinPort } from './port.ts';
import { CONTROLS, WIDGETS } from './style.ts';
import { TOKENS } from './tokens.ts';
import type { UiKey } from './dictionary-en.ts';
import type { Words } from './words.ts';

/** Registers the widgets: city-alarms, city-layers, city-clock, city-place, city-north, city-notices, city-credits, city-events. Harmless when called again. */
export function defineWidgets(): void {
  defineWidget('city-alarms', alarmsWidget);
  defineWidget('city-layers', layersWidget);
  defineWidget('city-clock', clockWidget);
  defineWidget('city-place', placeWidget);
  defineWidget('city-north', northWidget);
  defineWidget('city-notices', noticesWidget);
  defineWidget('city-credits', creditsWidget);
  defineWidget('city-events', eventsWidget);
}

/**
 * What the widgets of one twin share. Puts the tokens on the page until `signal` ends; the widgets' own styles stay in their shadow roots.
 * Style sheets are made by script, which a policy of `style-src 'self'` allows.
 * @param styles further rules for a page's own widgets
 */
export function createUi(options: { twin: TwinPort; words: Words<UiKey>; layers?: LayerActions; styles?: string; signal: AbortSignal }): Ui {
  const tokens = new CSSStyleSheet();
  tokens.replaceSync(TOKENS);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, tokens];
  options.signal.addEventListener('abort', () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== tokens);
  }, { once: true });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CONTROLS + WIDGETS + (options.styles ?? ''));
  const { twin, words, layers } = options;
  return { twin, words, layers, sheet, notices: new Notices() };
}
