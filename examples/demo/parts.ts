import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Simulator } from '@eazewa/simulator';
import { freePort } from './free-port.ts';
import { readLogLine } from './gateway-log.ts';
import type { Narrator } from './narrator.ts';
import { Part } from './part.ts';
import { Stopped, type StopSwitch } from './stop-switch.ts';

/** What every part of the demo is started with. */
export interface Stage {
  readonly narrator: Narrator;
  readonly stopSwitch: Pick<StopSwitch, 'signal' | 'stop'>;
  /** Stops what was started, the last first. */
  readonly stack: AsyncDisposableStack;
  /** A folder that is removed at the end. */
  readonly folder: string;
}

/** Starts the gateway as anybody would, in a process of its own; it speaks with the simulator only. On a free port. */
export async function startGateway(
  stage: Stage,
  simulator: Simulator,
  token: string,
): Promise<{ readonly url: string }> {
  const part = start(stage, {
    name: 'The gateway',
    file: fileURLToPath(import.meta.resolve('@eazewa/gateway/main')),
    env: {
      EAZEWA_PORT: '0',
      EAZEWA_DATA_DIR: stage.folder,
      EAZEWA_ADMIN_TOKEN: token,
      EAZEWA_WHATSAPP_URL: simulator.url,
      EAZEWA_DISK_FLOOR_PERCENT: '0',
      EAZEWA_WHATSAPP_ROOT_KEY: Buffer.from(simulator.rootPublicKey).toString('hex'),
      EAZEWA_WHATSAPP_MEDIA_HOST: simulator.media.host,
      EAZEWA_WHATSAPP_MEDIA_CA: simulator.mediaCa,
    },
    onLine(line) {
      const { level, text } = readLogLine(line);
      if (level !== 'info') stage.narrator.quote('gateway', text);
    },
  });
  return { url: await part.waitForLine((line) => readLogLine(line).url, stage.stopSwitch.signal) };
}

/** Starts the Express receiver; the result is the URL for the instance's webhook. */
export async function startReceiver(stage: Stage): Promise<string> {
  // It says no more than the port that it was given, so it cannot choose one itself.
  const [port, token] = [await freePort(), randomBytes(24).toString('hex')];
  const part = start(stage, {
    name: 'The receiver',
    file: fileURLToPath(new URL('../express-receiver/receiver.cjs', import.meta.url)),
    env: { PORT: String(port), SECURITY_TOKEN: token },
    onLine: (line) => stage.narrator.quote('receiver', line),
  });
  await part.waitForLine((line) => (line.startsWith('Listing on') ? true : null), stage.stopSwitch.signal);
  return `http://127.0.0.1:${port}/webhooks/whatsapp/${token}`;
}

/** Starts the reply bot; the result is the URL for the instance's webhook. */
export async function startBot(
  stage: Stage,
  gateway: { gatewayUrl: string; token: string },
): Promise<string> {
  const token = randomBytes(24).toString('hex');
  const part = start(stage, {
    name: 'The bot',
    file: fileURLToPath(new URL('../reply-bot/main.ts', import.meta.url)),
    env: {
      PORT: '0',
      GATEWAY_URL: gateway.gatewayUrl,
      GATEWAY_TOKEN: gateway.token,
      WEBHOOK_TOKEN: token,
    },
    onLine: (line) => stage.narrator.quote('bot', line),
  });
  const origin = await part.waitForLine(
    (line) => /^The bot listens at (http:\/\/[\d.:]+)/.exec(line)?.[1] ?? null,
    stage.stopSwitch.signal,
  );
  return `${origin}/webhooks/${token}`;
}

type StartOptions = Omit<ConstructorParameters<typeof Part>[0], 'folder' | 'onLost'>;

function start({ stack, stopSwitch, folder }: Stage, options: StartOptions): Part {
  stopSwitch.signal.throwIfAborted();
  const onLost = (problem: string) => stopSwitch.stop(new Stopped(problem));
  return stack.use(new Part({ ...options, folder, onLost }));
}
