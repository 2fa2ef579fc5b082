import type { MessageId } from '@eazewa/sdk/events';

/** The id of a message, as receivers see it. */
export function idIn(remote: string, id: string, fromMe: boolean, participant?: string): MessageId {
  const serialized = `${fromMe}_${remote}_${id}`;
  return participant === undefined
    ? { fromMe, remote, id, _serialized: serialized }
    : { fromMe, remote, id, participant, _serialized: `${serialized}_${participant}` };
}
