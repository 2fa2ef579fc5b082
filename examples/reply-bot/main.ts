import type { AddressInfo } from 'node:net';
import { Client } from '@eazewa/sdk';
import { createBot } from './bot.ts';

const { PORT = '4001', GATEWAY_URL = 'http://127.0.0.1:3000', GATEWAY_TOKEN, WEBHOOK_TOKEN } = process.env;

if (!GATEWAY_TOKEN || !WEBHOOK_TOKEN) {
  console.error(
    'The bot needs GATEWAY_TOKEN (a token of the gateway) and WEBHOOK_TOKEN (a secret of your choice).',
  );
  process.exit(2);
}

const bot = createBot({
  client: new Client({ baseUrl: GATEWAY_URL, token: GATEWAY_TOKEN }),
  webhookToken: WEBHOOK_TOKEN,
  say: (line) => console.log(line),
});

bot.once('error', (error) => {
  console.error(`The bot cannot listen on port ${PORT}: ${error.message}.`);
  process.exit(1);
});
bot.listen(Number(PORT), '127.0.0.1', () => {
  console.log(
    `The bot listens at http://127.0.0.1:${(bot.address() as AddressInfo).port}/webhooks/<WEBHOOK_TOKEN>`,
  );
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // Answers that are under way are finished; then nothing keeps the process.
    bot.close();
    bot.closeIdleConnections();
  });
}
