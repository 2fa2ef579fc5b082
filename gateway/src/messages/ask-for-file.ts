import type { MessageData } from '@eazewa/sdk/events';
import { GatewayError } from '../errors.ts';
import type { Connection } from '../instances/connection.ts';
import { withoutDevice } from '../jid.ts';
import { MediaUnavailable } from '../media/media-unavailable.ts';

/**
 * Asks the own phone for the file of a message: its new path, or null when the phone has it no more or does not answer.
 *
 * @throws MediaUnavailable `gone` when the instance is not ready, so that nobody can be asked.
 */
export async function askForFile(
  { id, _data, mediaKey }: MessageData,
  connectionOf: () => Connection,
): Promise<string | null> {
  const key = mediaKey ?? _data.mediaKey;
  if (key === undefined) return null;
  try {
    return await connectionOf().requestUpload({
      id: id.id,
      chat: withoutDevice(id.remote) ?? id.remote,
      fromMe: id.fromMe,
      participant: id.participant === undefined ? null : (withoutDevice(id.participant) ?? id.participant),
      mediaKey: Buffer.from(key, 'base64'),
    });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const reason =
      "The file is not on WhatsApp's server any more, and the phone can be asked for it only while the instance is ready.";
    throw new MediaUnavailable('gone', reason, { cause: error });
  }
}
