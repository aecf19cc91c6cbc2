#!/usr/bin/env node
// Starts the command from the sources: Node 20 runs no TypeScript by itself.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./citymirror.ts');
process.exitCode = await main(process.argv.slice(2));
