import { randomBytes } from 'node:crypto';
import { contentOf } from '../message-content.ts';
import type { Content } from '../message-content.ts';
import { proto } from '../stanza/codec.ts';
import { withUnknownField } from './unknown.ts';
import { jidOf, withMessageContext } from './context.ts';
import type { Named } from './context.ts';

export type CallOutcome = keyof typeof proto.Message.CallLogMessage.CallOutcome;

/** The names of all ways in which a call can end. */
export const callOutcomes = Object.keys(proto.Message.CallLogMessage.CallOutcome) as CallOutcome[];

export interface CallLog {
  readonly video?: boolean;
  readonly outcome?: CallOutcome;
  readonly seconds?: number;
  readonly participants?: readonly Named[];
}

/** What a chat keeps of a call. */
export function callLog({
  video = false,
  outcome = 'CONNECTED',
  seconds,
  participants = [],
}: CallLog): proto.IMessage {
  const { CallOutcome: outcomes, CallType } = proto.Message.CallLogMessage;
  return {
    callLogMesssage: {
      isVideo: video,
      callOutcome: outcomes[outcome],
      callType: CallType.REGULAR,
      ...(seconds !== undefined && { durationSecs: seconds }),
      participants: participants.map((who) => ({ jid: jidOf(who), callOutcome: outcomes[outcome] })),
    },
  };
}

/** A comment on a message of a channel or of a community's announcements. */
export function comment(what: Content, target: proto.IMessageKey): proto.IMessage {
  return { commentMessage: { message: contentOf(what), targetMessageKey: target } };
}

/** A message that calls a bot into a chat. */
export function botInvocation(what: Content, bot: string): proto.IMessage {
  return withMessageContext(
    { botInvokeMessage: { message: contentOf(what) } },
    { messageSecret: randomBytes(32), botMetadata: { invokerJid: bot } },
  );
}

/** An answer of a bot, as it stands once it is decrypted. */
export function botAnswer(text: string): proto.IMessage {
  return withMessageContext(text, {
    botMetadata: { personaId: 'assistant', messageDisclaimerText: 'AI may be wrong' },
  });
}

/** What no client of today knows: a field of a number that the schema does not have. */
export function unknownKind(fieldNumber = 4_000): proto.IMessage {
  return withUnknownField({}, fieldNumber, randomBytes(16));
}
