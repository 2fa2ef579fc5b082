import { startOnNode24 } from './start-on-node-24.mjs';

await startOnNode24('The fuzz', new URL('../gateway/test/fuzz/main.ts', import.meta.url));
