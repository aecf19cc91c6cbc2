import { main } from './citymirror.ts';

process.exitCode = await main(process.argv.slice(2));
