import { documentIn, formatDate, formatNumber, fragmentOf, h, type Twin } from 'citymirror';
import { addFeatures, MOST_BYTES } from './add-layer.ts';
import { classify } from './classify.ts';
import { sayError, type PageUi, type PageWords } from './page-ui.ts';

/** Hands a file to the person. */
export function saveFile(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = h('a', { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken the bytes once the click is handled; a moment longer for slow ones.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A title as part of a file's name. */
export function fileName(title: string, extension: string, unix: number): string {
  return `${title.replaceAll(/[\s/\\:*?"<>|]+/gu, '-')}-${formatDate(unix)}.${extension}`;
}

export function saveScene(ui: PageUi): void {
  const name = fileName(ui.words.text(ui.twin.document.title), 'json', ui.twin.clock.machine());
  saveFile(name, JSON.stringify(ui.twin.document, null, 2), 'application/json');
  ui.notices.say({ text: ui.words.say('save.done', { name }), tone: 'good' });
}

/** Saves what each layer's feeds received in the time held, a file a layer, as transport 'replay' plays it. */
export async function saveRecordings({ twin, words, notices }: PageUi): Promise<void> {
  const fed = Object.entries(twin.document.layers).filter(([, { feed }]) => feed);
  if (fed.length === 0) return notices.say({ text: words.say('record.none'), tone: 'plain' });
  for (const [id, { title }] of fed) {
    try {
      const bytes = await twin.recording(id);
      const name = fileName(words.text(title), 'cmrec', twin.clock.machine());
      saveFile(name, bytes as Uint8Array<ArrayBuffer>, 'application/octet-stream');
      notices.say({ text: words.say('record.done', { name, size: formatNumber(bytes.length / 2 ** 20, words.language, 1) }), tone: 'good' });
    } catch (cause) {
      notices.say({ text: sayError(words, cause), tone: 'bad' });
    }
  }
}

/** Puts the whole scene into the address and on the clipboard. The fragment of an address is never sent to a server. */
export async function shareScene(ui: PageUi): Promise<void> {
  const address = new URL(location.href);
  address.hash = await fragmentOf(ui.twin.document);
  history.replaceState(null, '', address);
  const copied = await navigator.clipboard.writeText(address.href).then(() => true, () => false);
  ui.notices.say({ text: ui.words.say(copied ? 'share.copied' : 'share.address'), tone: 'good' });
}

/** The document in the page's own address; null when there is none. @throws TwinError */
export function sharedScene(): Promise<unknown> {
  return documentIn(location.hash);
}

/** Files that the pipeline reads and the page does not. */
const BUILT = /\.(ifc|ifczip|inp|tiff?)$/iu;

/** Opens a file that was dropped or chosen: a scene document, or GeoJSON as a layer. Whatever else it is, one sentence says what is accepted. */
export async function openFile(twin: Twin, words: PageWords, notices: PageUi['notices'], file: File): Promise<void> {
  const refuse = (key: 'drop.accepts' | 'drop.degrees' | 'drop.build'): void => notices.say({ text: words.say(key, { name: file.name }), tone: 'bad' });
  if (BUILT.test(file.name)) return refuse('drop.build');
  if (file.size > MOST_BYTES) return refuse('drop.accepts');
  let json: unknown;
  try {
    json = JSON.parse(await file.text());
  } catch {
    // Not JSON: an answer for the person, not a fault of the page.
    return refuse('drop.accepts');
  }
  const content = classify(json);
  try {
    if (content.kind === 'scene') {
      twin.open(content.document);
      notices.say({ text: words.say('open.done', { name: file.name }), tone: 'good' });
    } else if (content.kind === 'geojson' && content.features.length > 0) {
      addFeatures(twin, file.name, content.features);
      notices.say({ text: words.say('drop.added', { n: formatNumber(content.features.length, words.language), name: file.name }), tone: 'good' });
    } else {
      refuse(content.kind === 'projected' ? 'drop.degrees' : 'drop.accepts');
    }
  } catch (cause) {
    notices.say({ text: sayError(words, cause), tone: 'bad' });
  }
}

function carries(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** Files dropped anywhere on the page are opened; while one hangs over it, the page says what it takes. */
export function acceptDrops(ui: PageUi, signal: AbortSignal): void {
  const sign = h('div', { class: 'drop-sign', hidden: true });
  document.body.append(sign);
  signal.addEventListener('abort', () => sign.remove(), { once: true });
  let depth = 0;
  const show = (on: boolean): void => {
    sign.textContent = ui.words.say('drop.here');
    sign.hidden = !on;
  };
  window.addEventListener('dragenter', (event) => { if (carries(event)) { depth++; show(true); } }, { signal });
  window.addEventListener('dragleave', (event) => { if (carries(event) && --depth <= 0) { depth = 0; show(false); } }, { signal });
  window.addEventListener('dragover', (event) => { if (carries(event)) event.preventDefault(); }, { signal });
  window.addEventListener('drop', (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    for (const file of event.dataTransfer?.files ?? []) void ui.openFile(file);
  }, { signal });
}
