import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Narrator } from './narrator.ts';
import type { DemoOptions } from './options.ts';
import { stayUp } from './stay-up.ts';
import { createStopSwitch, Stopped } from './stop-switch.ts';
import { tellStory } from './story.ts';

const limitMs = 180_000;

/** Runs the demo from beginning to end; the result is the exit code. Nothing that it started is left behind. */
export async function runDemo({ once }: DemoOptions, narrator: Narrator): Promise<number> {
  using stopSwitch = createStopSwitch(limitMs);
  try {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'eazewa-demo-'));
    stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const scene = await stopSwitch.guard(tellStory({ narrator, stopSwitch, stack, folder }));
    if (once) return 0;
    stopSwitch.endLimit();
    return await stayUp(scene, narrator, stopSwitch);
  } catch (error) {
    return explain(error, once, narrator);
  }
}

function explain(error: unknown, once: boolean, narrator: Narrator): number {
  if (error instanceof Stopped && error.byUser && !once) {
    narrator.block('Everything is stopped, and nothing is left behind.');
    return 0;
  }
  narrator.problem(
    `The demo failed: ${error instanceof Error ? error.message : String(error)}.`.replace(/\.\.$/, '.'),
  );
  return 1;
}
