// Takes the pictures of docs/pictures/formats: each of a list of real files as its own city, on both engines, framed so that what the file has is seen.
//   node demo/format-pictures.mjs [NAME…] [--backend three|cesium] [--out FOLDER] [--png] [--live] [--build]
// The files are those of ../shared/data (FORMAT_DATA names another folder). --live: pages from their sources; --build: cities only, no pictures.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { register } from 'tsx/esm/api';
import { findChromium } from '../tests/install.mjs';

register();
const { ownCity } = await import('./server/cities.ts');
const { builtPages, livePages } = await import('./server/pages.ts');
const { startServer } = await import('./server/server.ts');
const { placer } = await import('../engine/geo/index.ts');

const root = fileURLToPath(new URL('../', import.meta.url));
const data = process.env.FORMAT_DATA ?? join(root, '../shared/data');
const cache = join(root, '.cache/');
const { values, positionals } = parseArgs({ allowPositionals: true, options: { backend: { type: 'string', multiple: true, default: ['three', 'cesium'] }, out: { type: 'string', default: join(root, 'docs/pictures/formats') }, png: { type: 'boolean', default: false }, live: { type: 'boolean', default: false }, build: { type: 'boolean', default: false } } });
const flags = ['--headless=new', '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--no-first-run', '--disable-background-networking'];

/** Files of a picture, and from where it is taken: `reach` metres away from `at` (lon, lat, metres; where it is left out the middle of the city). */
const SHOTS = {
  'cityjson-delft': { files: ['city/cityjson/delft.json'], view: { heading: 20, pitch: -32, reach: 170, at: [4.3659, 52.0118, 5] } },
  'citygml-plateau': { files: ['city/citygml/plateau-yokosuka/udx'], view: { heading: 20, pitch: -28, reach: 330 } },
  'citygml-lod3': { files: ['city/citygml/lod3_building_v2.gml'], view: { heading: 120, pitch: -14, reach: 55, at: [13.04179, 52.32819, 11] } },
  'osm-berlin': { files: ['traffic/osm/berlin-siegessaeule.osm.gz'], view: { heading: 20, pitch: -24, reach: 520 } },
  'osm-monaco': { files: ['traffic/osm/monaco.osm.gz', 'terrain/dem/monaco-wgs84.tif'], view: { heading: 320, pitch: -20, reach: 900, at: [7.4215, 43.7345, 40] } },
  'shapefile-footprints': { files: ['city/footprints/shape/footprint.shp'], view: { heading: 20, pitch: -28, reach: 700 } },
  'geopackage-footprints': { files: ['city/footprints/footprint.gpkg'], view: { heading: 320, pitch: -35, reach: 700 } },
  'las-autzen': { files: ['terrain/pointcloud/autzen_trim.laz'], view: { heading: 30, pitch: -30, reach: 330, at: [-123.0712, 44.0507, 130] } },
  'tiff-autzen': { files: ['terrain/dem/autzen-height.tif'], view: { heading: 20, pitch: -30, reach: 1500 } },
  'glb-plane': { files: ['tiles3d/samples/1.1/MultipleContents/planeTriangles.glb'], place: 'planeTriangles.glb@8.4,49.01,ground,0', view: { heading: 20, pitch: -25, reach: 40 } },
  'geotiff-monaco': { files: ['terrain/dem/monaco-wgs84.tif'], view: { heading: 340, pitch: -22, reach: 14000 } },
  'epanet-ltown': { files: ['utilities/epanet/L-TOWN.inp'], place: 'L-TOWN.inp@33.03,34.68,ground,0', view: { heading: 20, pitch: -40, reach: 2500 } },
  'ifc-house': { files: ['bim/ifc4/SampleHouse4.ifc'], place: 'SampleHouse4.ifc@8.4,49.01,ground,0', view: { heading: 330, pitch: -22, reach: 34 } },
  'ifcx-architecture': { files: ['bim/ifc5/PCERT-Sample-Scene_Building-Architecture.ifcx'], place: 'PCERT-Sample-Scene_Building-Architecture.ifcx@8.4,49.01,ground,0', view: { heading: 30, pitch: -20, reach: 22, at: [8.399975, 49.010075, 2] } },
};

function there(file) {
  const path = join(data, file);
  if (!existsSync(path)) throw new Error(`There is no ${path}; FORMAT_DATA says where the files are.`);
  return path;
}

async function cityOf(name) {
  const { parseCrs, parsePlace } = await import('../tiles-pipeline/convert.ts');
  const { files, crs, place } = SHOTS[name];
  const paths = files.map(there);
  const city = await ownCity(cache, { data: paths, places: place ? [parsePlace(place)] : [], crs: crs ? [parseCrs(crs)] : [] }, () => undefined, new AbortController().signal);
  return { name, city, catalogue: JSON.parse(readFileSync(join(city.folder, 'city.json'), 'utf8')) };
}

/** The eye of a view. */
function poseOf({ at, heading, pitch, reach }, { center }) {
  const here = placer({ lon: at?.[0] ?? center[0], lat: at?.[1] ?? center[1], height: at?.[2] ?? 0 });
  const [turn, tilt] = [(heading * Math.PI) / 180, (pitch * Math.PI) / 180];
  const back = reach * Math.cos(tilt);
  const [lon, lat, height] = here.unplace(-back * Math.sin(turn), -back * Math.cos(turn), -reach * Math.sin(tilt), new Float64Array(3));
  return { lon, lat, height, heading, pitch, roll: 0 };
}

async function settle(page) {
  const started = Date.now();
  let calm = 0;
  while (calm < 4 && Date.now() - started < 150_000) {
    await page.waitForTimeout(1500);
    const loading = await page.evaluate(() => Object.keys(window.twin.document.layers).some((id) => window.twin.status(id).state === 'loading'));
    calm = loading ? 0 : calm + 1;
  }
  // Pictures of the ground come after the tiles, and nothing says when the last is there.
  await page.waitForTimeout(20_000);
}

const names = Object.keys(SHOTS).filter((name) => positionals.length === 0 || positionals.some((each) => name.includes(each)));
const shots = [];
for (const name of names) {
  const shot = await cityOf(name).catch((error) => console.error(`${name}: ${error.message}`));
  if (!shot) continue;
  console.log(name, shot.city.id, JSON.stringify(shot.catalogue.bounds), Object.keys(shot.catalogue.layers).join(' '));
  shots.push(shot);
}
if (values.build) process.exit(0);
mkdirSync(values.out, { recursive: true });
const live = values.live ? await livePages() : null;
const pages = live ? live.handler : await builtPages(() => undefined);
const server = await startServer({ port: 0, pages, cities: shots.map(({ city }) => city), ...(live && { headers: {} }) });
const browser = await chromium.launch({ executablePath: findChromium(), args: flags });
for (const backend of values.backend) {
  for (const { name, city, catalogue } of shots) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    page.on('pageerror', (error) => console.error(name, backend, error.message));
    await page.goto(`${server.url}planner/?city=${city.id}&backend=${backend}&lang=en`, { timeout: 180_000, waitUntil: 'domcontentloaded' });
    await page.waitForFunction(() => window.twin?.document !== undefined && typeof window.twin.status === 'function', undefined, { timeout: 180_000 });
    await page.evaluate(async (pose) => {
      // The map alone, and whom it is owed to.
      for (const id of ['top', 'left', 'right', 'bottom', 'note', 'compass', 'loading', 'notices']) document.getElementById(id).style.display = 'none';
      document.getElementById('map').style.inset = '0';
      window.twin.apply([{ op: 'replace', path: '/light', value: 'day' }], { by: 'pictures', undo: false });
      await window.twin.look(pose, 0);
    }, poseOf(SHOTS[name].view, catalogue));
    await settle(page);
    // The planner's own opening flight may have ended meanwhile.
    await page.evaluate((pose) => window.twin.look(pose, 0), poseOf(SHOTS[name].view, catalogue));
    await settle(page);
    const path = join(values.out, `${name}-${backend}.${values.png ? 'png' : 'jpg'}`);
    await page.screenshot(values.png ? { path, type: 'png', timeout: 180_000 } : { path, type: 'jpeg', quality: 80, timeout: 180_000 });
    console.log(path);
    await page.close();
  }
}
await browser.close();
await server.close();
await live?.vite.close();
process.exit(0);
