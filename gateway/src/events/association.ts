import type { MessageId, RawMessageData } from '@eazewa/sdk/events';
import { formatMessageId } from '../jid.ts';
import { messageIdOf } from './address.ts';
import { objectIn, textIn } from './content.ts';
import type { MessageContent } from './translation.ts';

/**
 * What a message, `own`, is a part of. As in WhatsApp Web's `WAWebAssociationProtoUtils`, that is a message of the same sender in
 * the same chat; empty for all others.
 */
export function associationOf(
  content: MessageContent,
  own: MessageId,
): Pick<RawMessageData, 'parentMsgKey' | 'associationType'> {
  const association = objectIn(objectIn(content, 'messageContextInfo'), 'messageAssociation');
  const said = association?.['associationType'];
  const type = associationTypes.find(([number, name]) => said === number || said === name);
  const id = messageIdOf(textIn(objectIn(association, 'parentMessageKey'), 'id'));
  if (type === undefined || id === null) return {};
  return { parentMsgKey: formatMessageId({ ...own, id }), associationType: type[1] };
}

/** Those of WAProto's `MessageAssociation.AssociationType` that WhatsApp Web knows. */
const associationTypes: readonly (readonly [number, string])[] = [
  [1, 'MEDIA_ALBUM'],
  [2, 'BOT_PLUGIN'],
  [5, 'HD_VIDEO_DUAL_UPLOAD'],
  [7, 'MEDIA_POLL'],
  [10, 'HD_IMAGE_DUAL_UPLOAD'],
  [19, 'HEVC_VIDEO_DUAL_UPLOAD'],
];
