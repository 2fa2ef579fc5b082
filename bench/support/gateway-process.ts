import { readConfig } from '@eazewa/gateway/config';
import { startGateway, type Gateway } from '@eazewa/gateway';
import { answer } from './child.ts';
import { startProfile, stopProfile } from './profile.ts';
import { usage } from './usage.ts';

/** The gateway as `npm start` runs it, plus what tells how much it uses. */
let gateway: Gateway | null = null;

const verbs = {
  async start({ env }: { env: Record<string, string> }) {
    gateway = await startGateway(readConfig(env));
    return { url: gateway.url };
  },
  usage: () => usage(),
  startProfile: () => startProfile(),
  stopProfile: () => stopProfile(),
  stop: () => gateway?.stop(),
};

export type GatewayVerbs = typeof verbs;

answer(verbs);
