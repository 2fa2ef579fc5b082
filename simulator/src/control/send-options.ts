import type { SendOptions } from '../phone/outbox.ts';
import { spoilNamed } from '../spoil.ts';
import type { Fields } from './fields.ts';

/** How a message is sent, as requests to the control API say it. */
export function sendOptionsOf(fields: Fields): SendOptions {
  const [id, addressing] = [fields.optionalText('id'), fields.optionalChoice('addressing', ['lid', 'pn'])];
  const spoil = fields.optionalText('spoil');
  return {
    ...(id !== undefined && { id }),
    ...(spoil !== undefined && { spoil: spoilNamed(spoil) }),
    spoilAgain: fields.optionalSwitch('spoilAgain') ?? false,
    ...(addressing !== undefined && { addressing }),
  };
}
