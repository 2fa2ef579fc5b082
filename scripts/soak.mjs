import { startOnNode24 } from './start-on-node-24.mjs';

await startOnNode24('The soak', new URL('../gateway/test/soak/main.ts', import.meta.url));
