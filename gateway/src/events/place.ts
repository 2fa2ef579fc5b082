import { base64In, numberIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import { headerOf } from './header.ts';
import type { KindFields, KindSource } from './kind-source.ts';

/**
 * A location, fixed or live. WhatsApp Web keeps name and address as two lines of `loc`; the picture of the map is the
 * body, as base64.
 */
export function placeOf({ content, field, part }: KindSource): Partial<KindFields> {
  const place = headerOf(content, field)?.file?.part ?? part;
  const [latitude, longitude] = ['degreesLatitude', 'degreesLongitude'].map(
    (key) => numberIn(place, key) ?? 0,
  );
  const lines = [textIn(place, 'name'), textIn(place, 'address')].filter((line) => line !== undefined);
  // Of a place without a name the first line is the address.
  const [name, address] = lines;
  const url = textIn(place, 'url');
  const isLive = field === 'liveLocationMessage' || place?.['isLive'] === true;
  return {
    body: base64In(place, 'jpegThumbnail') ?? '',
    place: {
      location: {
        latitude: latitude ?? 0,
        longitude: longitude ?? 0,
        ...defined({ name, address, url }),
        description: lines.join('\n'),
      },
    },
    raw: {
      lat: latitude ?? 0,
      lng: longitude ?? 0,
      ...defined({
        loc: lines.length === 0 ? undefined : lines.join('\n'),
        clientUrl: url,
        isLive: isLive ? true : undefined,
        accuracy: numberIn(place, 'accuracyInMeters'),
        speed: numberIn(place, 'speedInMps'),
        comment: textIn(place, 'caption') ?? textIn(place, 'comment'),
      }),
    },
  };
}
