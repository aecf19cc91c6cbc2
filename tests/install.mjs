import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../', import.meta.url));

/** Path of a program on PATH (or in sbin, where Debian puts servers), else null. */
export function find(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Installs the packages of the lock file when they are missing or older than it. */
export function installPackages() {
  const mark = join(root, 'node_modules/.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(mark) && (!existsSync(lock) || statSync(mark).mtimeMs >= statSync(lock).mtimeMs - 60_000)) return;
  const missing = !existsSync(mark);
  console.log(missing ? 'Installing packages …' : 'Updating packages …');
  execFileSync('npm', [missing ? 'ci' : 'install', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

function asRoot() {
  return typeof process.getuid === 'function' && process.getuid() === 0 && find('apt-get') !== null;
}

function apt(name) {
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  console.log(`Installing ${name} …`);
  if (spawnSync('apt-get', ['install', '-y', '--no-install-recommends', name], options).status === 0) return true;
  spawnSync('apt-get', ['update', '-q'], options);
  return spawnSync('apt-get', ['install', '-y', '--no-install-recommends', name], options).status === 0;
}

/** The Chromium that Playwright keeps for itself, where it has been downloaded. */
function playwrightChromium() {
  const cache = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache/ms-playwright');
  if (!existsSync(cache)) return null;
  for (const folder of readdirSync(cache).filter((name) => name.startsWith('chromium-')).toSorted().toReversed()) {
    for (const inner of ['chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-mac/Chromium.app/Contents/MacOS/Chromium', 'chrome-win/chrome.exe']) {
      if (existsSync(join(cache, folder, inner))) return join(cache, folder, inner);
    }
  }
  return null;
}

/** Path of a Chromium that is there now: CHROMIUM_PATH, else the system's, else Playwright's own; null when none is. */
export function findChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (existsSync(given)) return given;
    throw new Error(`CHROMIUM_PATH names a file that is not there: ${given}`);
  }
  return ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(find).find(Boolean) ?? playwrightChromium();
}

/** A Chromium, installed when there is none: Debian's package when root, else Playwright's own. */
export function installChromium() {
  const there = findChromium();
  if (there) return there;
  if (asRoot() && apt('chromium')) return findChromium();
  console.log('Installing Chromium through Playwright …');
  spawnSync(process.execPath, [join(root, 'node_modules/playwright-core/cli.js'), 'install', 'chromium'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const found = findChromium();
  if (!found) throw new Error('No Chromium could be found or installed. Set CHROMIUM_PATH to one.');
  return found;
}

/** A mosquitto broker for the tests that need a real one; null when it is not there and cannot be installed. */
export function installMosquitto() {
  const there = find('mosquitto');
  if (there) return there;
  if (!asRoot() || !apt('mosquitto')) return null;
  return find('mosquitto');
}

/** A Redis for the tests that need a real one; null when it is not there and cannot be installed. */
export function installRedis() {
  const there = find('redis-server');
  if (there) return there;
  if (!asRoot() || !apt('redis-server')) return null;
  return find('redis-server');
}

/** A SUMO for the tests that drive a real one; null when it is not there and cannot be installed. */
export function installSumo() {
  const there = find('sumo');
  if (there) return there;
  if (!asRoot() || !apt('sumo')) return null;
  return find('sumo');
}
