import type { MediaLinkData, MessageData } from '@eazewa/sdk/events';
import type { EventDraft } from '../events/translation.ts';

/**
 * The event with a link to the file of its message, where it tells a new message that has one. The link is made when the
 * event is recorded and stands in its body from then on: it lasts as long as the setting says, not longer for who is
 * away.
 */
export function withMediaLink(
  draft: EventDraft,
  linkOf: (message: MessageData) => MediaLinkData | null,
): EventDraft {
  if (draft.name === 'message')
    return { ...draft, data: { ...draft.data, message: linked(draft.data.message, linkOf) } };
  if (draft.name === 'message_create' || draft.name === 'media_uploaded')
    return { ...draft, data: { message: linked(draft.data.message, linkOf) } };
  return draft;
}

function linked(message: MessageData, linkOf: (message: MessageData) => MediaLinkData | null): MessageData {
  const mediaLink = message.hasMedia ? linkOf(message) : null;
  return mediaLink === null ? message : { ...message, _data: { ...message._data, mediaLink } };
}
