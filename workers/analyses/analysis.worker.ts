import { host } from '../pool/host.ts';
import { ownEndpoint } from '../pool/own-endpoint.ts';
import { analysisCache } from './context.ts';
import { perform, reader } from './run.ts';

const cache = analysisCache();
const read = reader();
host(ownEndpoint(), (name, input, work) => perform(name, input, work, cache, read(work.signal)));
