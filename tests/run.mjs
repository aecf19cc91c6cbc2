import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findChromium, installChromium, installMosquitto, installPackages, installRedis, installSumo, root } from './install.mjs';

const total = { passed: 0, failed: 0, skipped: 0 };
const results = join(root, '.cache/tests');

function step(name, command, args) {
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', command), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CHROMIUM_PATH: process.env.CHROMIUM_PATH ?? findChromium() ?? '' },
  });
  console.log(`${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return status === 0;
}

/** Lint and types count as one test each. */
function check(name, command, args) {
  total[step(name, command, args) ? 'passed' : 'failed'] += 1;
}

/** One lane of vitest, added up from its JSON report; a file that cannot even be read counts as one failure. */
function lane(name, filters) {
  const report = join(results, `${name}.json`);
  rmSync(report, { force: true });
  const fine = step(name, 'vitest/vitest.mjs', ['run', '--project', name, '--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters]);
  const before = total.failed;
  if (existsSync(report)) {
    const told = JSON.parse(readFileSync(report, 'utf8'));
    total.passed += told.numPassedTests;
    total.failed += told.numFailedTests + told.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    total.skipped += told.numPendingTests + (told.numTodoTests ?? 0);
  }
  if (!fine && total.failed === before) total.failed += 1;
}

function prepare() {
  installPackages();
  installChromium();
  if (!installMosquitto()) {
    console.log('mosquitto is not there: tests against a real MQTT broker cannot run');
    if (process.env.CI) total.failed += 1;
  }
  if (!installRedis()) {
    console.log('redis-server is not there: tests against a real Redis cannot run');
    if (process.env.CI) total.failed += 1;
  }
  if (!installSumo()) {
    console.log('sumo is not there: tests against a real SUMO cannot run');
    if (process.env.CI) total.failed += 1;
  }
  mkdirSync(results, { recursive: true });
}

const filters = process.argv.slice(2);
try {
  prepare();
  if (filters.length === 0) {
    check('lint', 'oxlint/bin/oxlint', []);
    check('types', 'typescript/bin/tsc', ['--noEmit']);
  }
  lane('unit', filters);
  lane('browser', filters);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  total.failed += 1;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
