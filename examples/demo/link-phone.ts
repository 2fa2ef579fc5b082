import type { Client } from '@eazewa/sdk';
import type { Phone } from '@eazewa/simulator';
import QRCode from 'qrcode';
import { startLinkWatcher } from './link-watcher.ts';
import type { Stage } from './parts.ts';

/** Makes an instance and has a phone scan its QR code; resolves with its id when it is ready. */
export async function linkPhone(
  { narrator, stack }: Pick<Stage, 'narrator' | 'stack'>,
  client: Client,
  phone: Phone,
): Promise<number> {
  const watcher = stack.use(await startLinkWatcher());
  narrator.detail('POST /api/v1/instances');
  const { id } = await client.createInstance({
    name: phone.name,
    webhook: { url: watcher.url, events: ['qr', 'ready'] },
  });
  const code = await watcher.qr;
  narrator.detail(`Instance ${id} has a QR code. Only the simulated phone can scan this one:`);
  narrator.block(await drawQr(code, narrator.isColoured));
  await phone.scan(code);
  await watcher.ready;
  narrator.detail(`The ${phone.name.toLowerCase()}'s phone has scanned it, and the instance is ready.`);
  return id;
}

function drawQr(code: string, isColoured: boolean): Promise<string> {
  const errorCorrectionLevel = 'L'; // the smallest picture
  if (isColoured) return QRCode.toString(code, { type: 'terminal', small: true, errorCorrectionLevel });
  return QRCode.toString(code, { type: 'utf8', errorCorrectionLevel });
}
