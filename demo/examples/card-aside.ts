import { CardView, createUi, h, type CityTwin, type Hit, type UiKey, type Words } from 'citymirror';

/** A card at the right of an example page that follows what is picked, kept current once a second. @returns shows the card of a hit */
export function cardAside(twin: CityTwin, words: Words<UiKey>): (hit: Hit | null) => Promise<void> {
  const { signal } = new AbortController();
  const { sheet } = createUi({ twin, words, signal });
  const host = document.body.appendChild(document.createElement('aside'));
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [sheet];
  const view = new CardView(words, signal);
  root.append(h('section', { class: 'panel' }, h('div', { class: 'pad scroll' }, view.element)));
  host.hidden = true;
  let shown: Hit | null = null;
  const draw = async (): Promise<void> => {
    const now = shown;
    const card = now ? await twin.describe(now).catch(() => null) : null;
    if (now !== shown) return;
    host.hidden = !card;
    view.show(card, twin.clock.machine());
  };
  const show = (hit: Hit | null): Promise<void> => {
    shown = hit;
    return draw();
  };
  twin.on('pick', ({ hit }) => void show(hit));
  setInterval(() => void draw(), 1000);
  return show;
}
