/** The benchmarks by name; each prints a table and, as its last line, its figures as JSON. */
const benchmarks: Record<string, { readonly about: string; readonly run: () => Promise<void> }> = {
  delivery: {
    about: 'events per second from recording to the settled webhook, against memory and against axios',
    run: async () => (await import('./delivery.ts')).runDelivery(),
  },
};

const name = process.argv[2] ?? '';
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (benchmark) await benchmark.run();
else {
  console.error('Usage: npm run bench -- <name>\n');
  for (const [name, { about }] of Object.entries(benchmarks)) console.error(`  ${name.padEnd(12)} ${about}`);
  process.exitCode = 1;
}
