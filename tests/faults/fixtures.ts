import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { anchorMatrix } from '../../engine/geo/index.ts';
import { validatorCases, type ValidatorCase } from '../../workers/loader/testing/validator-cases.ts';
import { startBrowser, type BrowserHarness, type OpenPage } from '../browser.ts';
import { hasShared, shared } from '../shared.ts';
import { difference } from '../view-checks.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

interface Twin {
  add(input: { type: string; url: string }, id: string): void;
  remove(id: string): void;
  on(name: 'error', listener: (report: { error: { where: string; message: string } }) => void): void;
  status(id: string): { state: string; message: { en: string } | null };
  look(pose: unknown, seconds: number): Promise<void>;
  extent(id: string): { west: number; south: number; east: number; north: number } | null;
  backend: { view: { pose: Record<string, number> }; requestFrame(): void };
}

interface Lab {
  mount(options: object): Promise<unknown>;
  twins: Map<string, Twin>;
}

interface Verdict {
  readonly file: string;
  readonly valid: boolean;
  /** What was said, with its place. */
  readonly said: readonly string[];
  readonly dead: boolean;
}

const AT = { lon: 117.49, lat: 30.66, height: 50 };
/** Valid cases whose geometry is there; the others are sound and empty. */
const VISIBLE = /Triangle|validSubtreeNo|WithValidGltf|WithGltf\.json|RotationTransform|NotNecessary|FeatureId|InstanceFeatures|PropertyTexture/u;

/** The cases on disk with what holds them: each stands once as it is and once below a tileset at a place on Earth, where it can be seen. */
function caseFolder(cases: readonly ValidatorCase[]): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-cases-'));
  cpSync(shared('data/tiles3d/validator-cases'), folder, { recursive: true });
  for (const [i, each] of cases.entries()) {
    for (const [path, text] of Object.entries(each.made)) {
      // Holders of one folder differ from case to case.
      const own = path.endsWith('holder.json') ? path.replace('holder.json', `holder-${i}.json`) : path;
      mkdirSync(dirname(join(folder, own)), { recursive: true });
      writeFileSync(join(folder, own), text, 'latin1');
    }
    const root = each.root.replace('holder.json', `holder-${i}.json`);
    const volume = { sphere: [0, 0, 0, 30] };
    writeFileSync(join(folder, `placed-${i}.json`), JSON.stringify({ asset: { version: '1.1' }, geometricError: 1e6, root: { boundingVolume: volume, geometricError: 1e5, refine: 'ADD', transform: [...anchorMatrix(AT)], children: [{ boundingVolume: volume, geometricError: 1e4, content: { uri: root } }] } }));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Looks at the place of the placed cases, from above or from below. */
async function look(open: OpenPage, below = false): Promise<void> {
  await open.page.evaluate(async ([at, below]) => {
    const twin = (window as unknown as { lab: Lab }).lab.twins.get('map')!;
    await twin.look({ ...at, lat: at.lat - 0.00006, height: at.height + (below ? -7 : 7), heading: 0, pitch: below ? 42 : -42, roll: 0 }, 0);
    twin.backend.requestFrame();
    await new Promise((resolve) => { setTimeout(resolve, 300); });
  }, [AT, below] as const);
}

/** Adds a case both ways, waits until something was said or nothing more comes, and takes it away. */
async function tryCase(open: OpenPage, urls: readonly string[], valid: boolean, own: readonly string[]): Promise<Omit<Verdict, 'file' | 'valid'> & { moved: boolean }> {
  return open.page.evaluate(async ([urls, valid, own]) => {
    const { lab, said, told } = window as unknown as { lab: Lab; said: string[]; told: string[] };
    const twin = lab.twins.get('map')!;
    said.length = 0;
    told.length = 0;
    for (const [i, url] of urls.entries()) twin.add({ type: 'tiles', url }, `case${i}`);
    const failed = (): string[] => urls.flatMap((_url, i) => { const { state, message } = twin.status(`case${i}`); return state === 'failed' ? [message?.en ?? ''] : []; });
    const about = (): string[] => [...said, ...told].filter((text) => own.some((name) => text.includes(name)));
    const started = performance.now();
    let gone = false;
    for (let waited = 0; waited < (valid ? 1500 : 9000); waited = performance.now() - started) {
      if (!valid && about().length + failed().length > 0) break;
      // What says where on Earth it is is looked for there.
      const box = !valid && waited > 4000 && !gone ? twin.extent('case0') : null;
      if (box && Object.values(box).every(Number.isFinite)) {
        gone = true;
        await twin.look({ lon: (box.west + box.east) / 2, lat: (box.south + box.north) / 2, height: 300, heading: 0, pitch: -85, roll: 0 }, 0);
      }
      twin.backend.requestFrame();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    return { said: [...failed(), ...about()], moved: gone, dead: !Object.values(twin.backend.view.pose).every(Number.isFinite) };
  }, [urls, valid, own] as const);
}

/** Whether there is something at the place: from above, or with its face turned down. */
async function isSeen(open: OpenPage, empty: Parameters<typeof difference>[0]): Promise<boolean> {
  const seen = difference(empty, await open.screenshot()) > 0.001;
  if (seen) return true;
  await look(open, true);
  const under = await open.screenshot();
  await open.page.evaluate(() => { (window as unknown as { lab: Lab }).lab.twins.get('map')!.remove('case1'); });
  await look(open, true);
  const without = await open.screenshot();
  await open.page.evaluate(() => { (window as unknown as { lab: Lab }).lab.twins.get('map')!.add({ type: 'tiles', url: 'none.json' }, 'case1'); });
  await look(open);
  return difference(under, without) > 0.001;
}

/** What a message about a case names: its file, what holds it, and what it names itself. Messages about the case before may still come. */
function namesOf(folder: string, each: ValidatorCase, i: number): string[] {
  const parts = each.file.split('/');
  const text = readFileSync(join(folder, each.file), 'latin1');
  const named = [...text.matchAll(/"uri"\s*:\s*"([^"{]+)"/gu)].map(([, uri]) => uri.split('/').at(-1)!).filter((name) => name.length < 80);
  return [parts.slice(-2).join('/'), `-${parts.at(-1)}`, `placed-${i}.json`, `holder-${i}.json`, ...named];
}

/** All cases in one twin, one after another. */
async function inBackend(harness: BrowserHarness, backend: string, cases: readonly ValidatorCase[], folder: string): Promise<Figure[]> {
  const open = await harness.open('/tests/pages/twin.html', { width: 256, height: 144 });
  await open.until('window.labReady');
  await open.page.evaluate(async (backend) => {
    const said: string[] = [];
    const told: string[] = [];
    Object.assign(window, { said, told });
    await (window as unknown as { lab: Lab }).lab.mount({ backend, access: { allow: ['http://example.com'], onIssues: (url: string, issues: { path?: string; message: string }[]) => said.push(...issues.map((issue) => `${url} ${issue.path}: ${issue.message}`)) } });
    (window as unknown as { lab: Lab }).lab.twins.get('map')!.on('error', ({ error }) => { told.push(`${error.where}: ${error.message}`); });
  }, backend);
  await look(open);
  const empty = await open.screenshot();
  const verdicts: Verdict[] = [];
  const drawn: string[] = [];
  for (const [i, each] of cases.entries()) {
    const root = each.root.replace('holder.json', `holder-${i}.json`);
    const urls = [`${harness.origin}/cases/${root}`, `${harness.origin}/cases/placed-${i}.json`];
    const verdict = await tryCase(open, urls, each.valid, namesOf(folder, each, i));
    verdicts.push({ file: each.file, valid: each.valid, ...verdict });
    if (each.valid && VISIBLE.test(each.file) && await isSeen(open, empty)) drawn.push(each.file);
    if (verdict.moved) await look(open);
    await open.page.evaluate(() => { for (const id of ['case0', 'case1']) (window as unknown as { lab: Lab }).lab.twins.get('map')!.remove(id); });
  }
  const figures = await summary(open, backend, verdicts, drawn, empty);
  await open.close();
  return figures;
}

async function summary(open: OpenPage, backend: string, verdicts: readonly Verdict[], drawn: readonly string[], empty: Parameters<typeof difference>[0]): Promise<Figure[]> {
  const name = (files: readonly { file: string }[]): string => (files.length > 0 ? ` (not: ${files.map(({ file }) => file.split('/').at(-1)).join(', ')})` : '');
  const bad = verdicts.filter((each) => !each.valid);
  const good = verdicts.filter((each) => each.valid);
  const silent = bad.filter((each) => each.said.length === 0);
  const vague = bad.filter((each) => each.said.length > 0 && !each.said.some((text) => / \/|: \/|not valid JSON|package|bytes/u.test(text)));
  const blamed = good.filter((each) => each.said.length > 0);
  const dead = verdicts.filter((each) => each.dead);
  const visible = good.filter((each) => VISIBLE.test(each.file));
  const hidden = visible.filter((each) => !drawn.includes(each.file));
  const uncaught = open.errors.filter((error) => error.startsWith('uncaught') || error.includes('crashed'));
  await open.page.evaluate(() => { (window as unknown as { lab: Lab }).lab.twins.get('map')!.backend.requestFrame(); });
  const alive = await open.page.evaluate(async () => {
    const twin = (window as unknown as { lab: Lab }).lab.twins.get('map')!;
    await twin.look({ lon: 117.49, lat: 30.66, height: 2000, heading: 40, pitch: 12, roll: 0 }, 0);
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    return Math.abs(twin.backend.view.pose.height - 2000) < 1;
  }) && difference(empty, await open.screenshot()) > 0.01;
  return [
    { what: `${backend}: dead scenes${name(dead)}`, value: dead.length, unit: `of ${verdicts.length}`, reach: '0', met: dead.length === 0 },
    { what: `${backend}: invalid ones accepted in silence${name(silent)}`, value: silent.length, unit: `of ${bad.length}`, reach: '0', met: silent.length === 0 },
    { what: `${backend}: invalid ones whose fault names its place${name(vague)}`, value: bad.length - silent.length - vague.length, unit: `of ${bad.length}`, reach: `${bad.length}`, met: silent.length + vague.length === 0 },
    { what: `${backend}: valid ones found fault with${name(blamed)}${blamed[0] ? ` ${blamed[0].said[0]}` : ''}`, value: blamed.length, unit: `of ${good.length}`, reach: '0', met: blamed.length === 0 },
    { what: `${backend}: valid ones with geometry that are seen${name(hidden)}`, value: visible.length - hidden.length, unit: `of ${visible.length}`, reach: `${visible.length}`, met: hidden.length === 0 },
    { what: `${backend}: uncaught errors${uncaught.length > 0 ? ` (${uncaught[0].slice(0, 160)})` : ''}`, value: uncaught.length, unit: '', reach: '0', met: uncaught.length === 0 },
    { what: `${backend}: the twin still draws afterwards`, value: alive ? 'yes' : 'no', unit: '', reach: 'yes', met: alive },
  ];
}

/** T01: every case of the reference validator in a twin: sound ones are drawn, the others named, and the twin lives on. */
async function invalidTilesets(): Promise<Figure[]> {
  if (!hasShared) return [{ what: 'the shared data are missing', value: 0, unit: 'cases', reach: 'there', met: false }];
  const only = process.env.CASES ? new RegExp(process.env.CASES, 'u') : null;
  const cases = validatorCases().filter((each) => !only || only.test(each.file));
  const { folder, remove } = caseFolder(cases);
  const harness = await startBrowser({ mounts: { '/cases/': folder } });
  try {
    return [...await inBackend(harness, 'three', cases, folder), ...await inBackend(harness, 'cesium', cases, folder)];
  } finally {
    await harness.close();
    remove();
  }
}

export const rows: Record<string, () => Promise<Figure[]>> = { T01: invalidTilesets };
