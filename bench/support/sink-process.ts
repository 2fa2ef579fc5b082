import { createAnsweringServer } from './answering-server.ts';
import { Arrivals } from './arrivals.ts';
import { answer, tell } from './child.ts';

/**
 * The receiver of the webhooks. It reads no more than it must, so that it takes little of the CPU: messages
 * of the load are found in the bytes, only other events are parsed and told to the parent.
 */
const arrivals = new Arrivals();

const server = createAnsweringServer((request) =>
  take(request.toString('utf8', request.indexOf('\r\n\r\n') + 4)),
);

function take(body: string): void {
  if (body.startsWith('{"event":"message"')) arrivals.take(body);
  else tell('event', JSON.parse(body));
}

const verbs = {
  start: () =>
    new Promise<{ port: number }>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve({ port: (typeof address === 'object' && address?.port) || 0 });
      });
    }),
  results: () => arrivals.results(),
};

export type SinkVerbs = typeof verbs;

answer(verbs);
