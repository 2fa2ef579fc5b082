import type { Device } from './account.ts';

/** Under which name a phone keeps its Signal session with a device: one name for both kinds of addressing. */
export function addressOf(device: Device): string {
  return `${device.account.lid}.${device.id}`;
}
