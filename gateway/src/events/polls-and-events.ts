import type { PollOptionData } from '@eazewa/sdk/events';
import { numberIn, objectIn, objectsIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import type { KindFields, KindSource } from './kind-source.ts';
import { secretIn } from './message-secret.ts';

/** A poll. Who votes encrypts with its secret. */
export function pollOf({ content, part }: KindSource): Partial<KindFields> {
  const messageSecret = [...(secretIn(content) ?? [])];
  const pollName = textIn(part, 'name') ?? '';
  const pollOptions = objectsIn(part, 'options').map((option, localId): PollOptionData => ({
    name: textIn(option, 'optionName') ?? '',
    localId,
  }));
  const count = numberIn(part, 'selectableOptionsCount') ?? 0;
  const fixed = { pollInvalidated: false, isSentCagPollCreation: false };
  return {
    // 0 is "as many as you like"; WhatsApp Web calls every other count a single choice.
    poll: { pollName, pollOptions, allowMultipleAnswers: count === 0, ...fixed, messageSecret },
    raw: {
      pollName,
      pollOptions,
      pollSelectableOptionsCount: count,
      ...fixed,
    },
  };
}

/** A date that people can accept. Times are seconds since 1970. */
export function scheduledEventOf({ part }: KindSource): Partial<KindFields> {
  const place = objectIn(part, 'location');
  return {
    raw: {
      eventName: textIn(part, 'name') ?? '',
      isEventCanceled: part?.['isCanceled'] === true,
      ...defined({
        eventDescription: textIn(part, 'description'),
        eventStartTime: numberIn(part, 'startTime'),
        eventEndTime: numberIn(part, 'endTime'),
        eventLocation:
          place === null
            ? undefined
            : {
                degreesLatitude: numberIn(place, 'degreesLatitude') ?? 0,
                degreesLongitude: numberIn(place, 'degreesLongitude') ?? 0,
                name: textIn(place, 'name') ?? '',
              },
        eventJoinLink: textIn(part, 'joinLink'),
      }),
    },
  };
}
