// A process with a crew that is busy for ever: what becomes of the crew when it is killed?
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

register();
const { Crew } = await import('../cells/crew.ts');
const crew = new Crew(2, undefined, { file: fileURLToPath(new URL('dying-worker.mjs', import.meta.url)) });
for (const key of ['lasts', 'lasts']) void crew.run({ kind: 'join', key, work: '', scheme: '', level: 0, run: 0, children: [] });
process.stdout.write('busy\n');
