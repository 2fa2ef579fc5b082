import { startOnNode24 } from '../scripts/start-on-node-24.mjs';

await startOnNode24('The simulator', new URL('./src/main.ts', import.meta.url));
