import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/**
 * The certificates of a setting that is either PEM or the path of a file with it.
 *
 * @throws Error with one plain line when there are none.
 */
export async function loadCa(setting: string | null): Promise<string | null> {
  if (setting === null) return null;
  const isPem = setting.includes('-----BEGIN CERTIFICATE-----');
  // Where a setting cannot have lines, they are written as \n.
  const pem = isPem ? setting.replaceAll('\\n', '\n') : await readFile(setting, 'utf8').catch(cannotRead);
  if (!isCertificate(pem)) throw new Error('EAZEWA_WHATSAPP_MEDIA_CA holds no certificate in PEM.');
  return pem;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null;
  } catch {
    return false;
  }
}

function cannotRead(error: NodeJS.ErrnoException): never {
  throw new Error(`The file of EAZEWA_WHATSAPP_MEDIA_CA cannot be read (${error.code}).`, { cause: error });
}
