import { startOnNode24 } from './start-on-node-24.mjs';

await startOnNode24('The crash matrix', new URL('../gateway/test/crash-matrix/main.ts', import.meta.url));
