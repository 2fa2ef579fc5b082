import { GatewayError } from '../errors.ts';
import type { Connection } from '../instances/connection.ts';
import type { LoadSource } from '../media/load-source.ts';
import { mimetypeOf } from '../media/mimetype.ts';
import { outgoingKind } from '../media/outgoing-media.ts';
import { plainName } from '../media/plain-name.ts';
import type { MediaToSend } from './messages.ts';

/**
 * Loads a file and uploads it: the content of its message.
 *
 * @throws GatewayError `action_failed` that says what to change.
 */
export async function composeMedia(
  { source, name, caption, ...wanted }: MediaToSend,
  to: string,
  connection: Connection,
  loadSource: LoadSource,
): Promise<Uint8Array> {
  const file = await loadSource(source);
  const given = name ?? file.name;
  const filename = given === null ? null : plainName(given);
  const mimetype = mimetypeOf(file.bytes, filename, file.contentType);
  const kind = outgoingKind(mimetype, wanted);
  if (typeof kind === 'object') {
    throw new GatewayError('action_failed', 'The file cannot be sent.', { explanation: kind.problem });
  }
  // As Opus is told to phones, which play a voice note of no other name.
  const told = kind === 'ptt' ? 'audio/ogg; codecs=opus' : mimetype;
  return connection.composeMedia({
    to,
    kind,
    bytes: file.bytes,
    mimetype: told,
    filename,
    caption: caption ?? null,
  });
}
