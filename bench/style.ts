import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBrowser } from '../tests/browser.ts';
import { repository } from '../tests/shared.ts';
import { madeTable } from '../workers/analyses/testing/made-city.ts';

const FEATURES = 12_000;
const TIMES = 40;

interface Metric { name: string; value: number }

/** Recolouring every building by a joined live value: from asking to having the texture, and what the page's main thread spends on it. */
export async function run(): Promise<{ what: string; value: number; unit: string; reach: string | null; met: boolean }[]> {
  const folder = join(repository, '.cache/bench/style');
  mkdirSync(folder, { recursive: true });
  const table = madeTable([
    { name: 'id', type: 'string', values: Array.from({ length: FEATURES }, (_, i) => `building-${i}`) },
    { name: 'height', type: 'float32', values: Array.from({ length: FEATURES }, (_, i) => 3 + (i % 200)) },
  ]);
  writeFileSync(join(folder, 'features.json'), table.json);
  writeFileSync(join(folder, 'features.bin'), table.bin);
  const harness = await startBrowser({ mounts: { '/city/': folder } });
  try {
    const opened = await harness.open('/workers/analyses/testing/analyses.html');
    await opened.until('window.restyle');
    const restyle = (times: number): Promise<number[]> => opened.page.evaluate(([url, features, count]) => window.restyle(url as string, features as number, count as number), [`${harness.origin}/city/features.json`, FEATURES, times]);
    await restyle(10);
    const session = await opened.page.context().newCDPSession(opened.page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const script = async (): Promise<number> => {
      const { metrics } = (await session.send('Performance.getMetrics')) as { metrics: Metric[] };
      return metrics.find((metric) => metric.name === 'TaskDuration')!.value;
    };
    const before = await script();
    const times = (await restyle(TIMES)).toSorted((a, b) => a - b);
    const main = ((await script()) - before) * 1000 / TIMES;
    const median = times[TIMES / 2];
    const worst = times[Math.floor(TIMES * 0.95)];
    const round = (value: number): number => Math.round(value * 10) / 10;
    return [
      { what: `${FEATURES} buildings recoloured by a live value, median`, value: round(median), unit: 'ms', reach: '≤ 50', met: median <= 50 },
      { what: `${FEATURES} buildings recoloured by a live value, 95 %`, value: round(worst), unit: 'ms', reach: '≤ 50', met: worst <= 50 },
      { what: 'main thread a recolouring, making the values included', value: round(main), unit: 'ms', reach: '≤ 4', met: main <= 4 },
    ];
  } finally {
    await harness.close();
  }
}
