import { createNarrator } from './demo/narrator.ts';
import { readOptions } from './demo/options.ts';

const options = readOptions(process.argv.slice(2));
if ('problem' in options) {
  console.error(options.problem);
  process.exit(2);
}
if ('help' in options) {
  console.log(options.help);
  process.exit(0);
}
// Only now: it brings the simulator along, which takes a second to load.
const { runDemo } = await import('./demo/run-demo.ts');
process.exit(await runDemo(options.run, createNarrator(process.stdout)));
