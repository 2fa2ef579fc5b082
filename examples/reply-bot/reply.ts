import type { MessageData } from '@eazewa/sdk/events';

/** What the bot answers, or null when it keeps quiet: only texts that a person wrote to us alone are answered. */
export function replyTo(message: MessageData): string | null {
  if (message.fromMe || message.isStatus || message.broadcast || message.type !== 'chat') return null;
  if (!/@(c\.us|lid)$/.test(message.from)) return null;
  if (/^\s*(hi|hello|hey)\b/i.test(message.body)) {
    return `Hello, ${nameOf(message)}! Write me anything, and I send it back.`;
  }
  return `You wrote: ${message.body}`;
}

/** What the sender calls himself, else his number. */
export function nameOf({ _data, from }: MessageData): string {
  return _data.notifyName ?? `+${from.split('@')[0]}`;
}
