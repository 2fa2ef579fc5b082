import type { Phone } from '@eazewa/simulator';
import type { Narrator } from './narrator.ts';
import type { StopSwitch } from './stop-switch.ts';
import type { Scene } from './story.ts';
import { tryIt } from './try-it.ts';

/** Tells what can be tried, and shows what reaches the contact's phone, until the demo is stopped: then it throws. */
export async function stayUp(scene: Scene, narrator: Narrator, stopSwitch: StopSwitch): Promise<never> {
  narrator.block(tryIt(scene.addresses));
  return stopSwitch.guard(showMessages(scene.contact, narrator));
}

async function showMessages(phone: Phone, narrator: Narrator): Promise<never> {
  const shown = new Set(phone.messages.map(({ id }) => id));
  for (;;) {
    const isNew = (id: string, fromMe: boolean, text: string | undefined) =>
      !fromMe && text !== undefined && !shown.has(id);
    const message = await phone.waitForMessage(
      ({ id, fromMe, text }) => isNew(id, fromMe, text),
      longestTimerMs,
    );
    shown.add(message.id);
    narrator.quote(`${phone.name}'s phone`, message.text ?? '');
  }
}

/** Nobody plays for 24 days. */
const longestTimerMs = 2 ** 31 - 1;
