import { startOnNode24 } from '../scripts/start-on-node-24.mjs';

await startOnNode24('The demo', new URL('./demo.ts', import.meta.url));
