import { startOnNode24 } from '../scripts/start-on-node-24.mjs';

await startOnNode24('The benchmark', new URL('./main.ts', import.meta.url));
