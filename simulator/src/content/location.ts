import type { proto } from '../stanza/codec.ts';

export interface Place {
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string;
  readonly address?: string;
  readonly url?: string;
  /** A small JPEG of the map. */
  readonly thumbnail?: Uint8Array;
}

/** A place on the map. */
export function location({ latitude, longitude, name, address, url, thumbnail }: Place): proto.IMessage {
  return {
    locationMessage: {
      degreesLatitude: latitude,
      degreesLongitude: longitude,
      ...(name !== undefined && { name }),
      ...(address !== undefined && { address }),
      ...(url !== undefined && { url }),
      ...(thumbnail !== undefined && { jpegThumbnail: thumbnail }),
    },
  };
}

export interface LivePlace {
  readonly latitude: number;
  readonly longitude: number;
  readonly caption?: string;
  /** Counts the updates, from 1; clients show the highest. */
  readonly sequence?: number;
  /** Seconds since the sharing began. */
  readonly offset?: number;
  readonly accuracyMeters?: number;
  readonly speed?: number;
  readonly thumbnail?: Uint8Array;
}

/** Where somebody is now, as the first message of a sharing; each update is another one with the next `sequence`. */
export function liveLocation(place: LivePlace): proto.IMessage {
  const { latitude, longitude, caption, sequence = 1, offset = 0, accuracyMeters, speed, thumbnail } = place;
  return {
    liveLocationMessage: {
      degreesLatitude: latitude,
      degreesLongitude: longitude,
      sequenceNumber: sequence,
      timeOffset: offset,
      ...(caption !== undefined && { caption }),
      ...(accuracyMeters !== undefined && { accuracyInMeters: accuracyMeters }),
      ...(speed !== undefined && { speedInMps: speed }),
      ...(thumbnail !== undefined && { jpegThumbnail: thumbnail }),
    },
  };
}
