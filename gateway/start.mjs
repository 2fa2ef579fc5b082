import { startOnNode24 } from '../scripts/start-on-node-24.mjs';

await startOnNode24('eazeWA', new URL('./src/main.ts', import.meta.url));
