/**
 * Why a file is not to be had: `gone` WhatsApp's server has deleted it, and the phone did not upload it again;
 * `unreachable` the server does not answer, or not in time; `damaged` the bytes are not those that the sender encrypted;
 * `too_large` it has more bytes than were asked for; `no_media` the message has no file, or not what it takes to get it.
 */
export type MediaFault = 'gone' | 'unreachable' | 'damaged' | 'too_large' | 'no_media';

/** The file of a message cannot be had. The message of the error is for people, without anything secret. */
export class MediaUnavailable extends Error {
  override readonly name = 'MediaUnavailable';
  readonly reason: MediaFault;

  constructor(reason: MediaFault, message: string = sentences[reason], options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const sentences: Record<MediaFault, string> = {
  gone: "WhatsApp's server does not have the file any more, and the phone did not upload it again.",
  unreachable: "WhatsApp's media server does not answer. Try again.",
  damaged: 'The file is damaged: its bytes are not those that the sender encrypted.',
  too_large: 'The file is larger than what is fetched.',
  no_media: 'The message has no file that can be fetched.',
};
