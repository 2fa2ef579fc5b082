import { closeSync, openSync } from 'node:fs';
import { systemClock } from '../../clock.ts';
import { defaultOptions, noSecrets } from '../../webhooks/webhook.ts';
import { createSender } from '../sender.ts';

// A process of its own, with few file descriptors: prints what becomes of attempts when there is none left, and when
// there are some again. Its argument is the port of a receiver.

const policy = { allowLoopback: true, allowedRanges: [], setting: 'S', ownAddresses: [] };
const sender = createSender({ clock: systemClock, policy });
const hosts = ['127.0.0.1', 'localhost', 'receiver.test'];

const taken: number[] = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {
  // None is left.
}
for (const host of hosts) await tell(host);
taken.forEach((file) => closeSync(file));
for (const host of hosts.slice(0, 2)) await tell(host);
sender.close();

async function tell(host: string): Promise<void> {
  const result = await sender.send({
    url: `http://${host}:${process.argv[2]}/`,
    options: defaultOptions,
    secrets: noSecrets,
    eventId: 'evt_0',
    attempt: 1,
    body: new Uint8Array(2),
    isReplay: false,
    isFailing: false,
  });
  process.stdout.write(`${result.outcome}${'reason' in result ? ` ${result.reason}` : ''}\n`);
}
