import { actionRoutes } from './actions.ts';
import { clientRoutes } from './client.ts';
import { deliveryRoutes } from './deliveries.ts';
import type { HttpDeps } from './deps.ts';
import { eventRoutes } from './events.ts';
import { inboxRoutes } from './inbox.ts';
import { instanceRoutes } from './instances.ts';
import { mediaRoutes } from './media.ts';
import { replayRoutes } from './replays.ts';
import type { Route } from './route.ts';
import { webhookRoutes } from './webhooks.ts';
import { webhookSecretRoutes } from './webhook-secrets.ts';
import { webhookTestRoutes } from './webhook-tests.ts';

/** Everything below `/api/v1`, in the order of the documentation. */
export function allRoutes(deps: HttpDeps): Route[] {
  return [
    ...instanceRoutes(deps),
    ...clientRoutes(deps),
    ...actionRoutes(deps),
    ...mediaRoutes(deps),
    ...webhookRoutes(deps),
    ...webhookSecretRoutes(deps),
    ...webhookTestRoutes(deps),
    ...deliveryRoutes(deps),
    ...replayRoutes(deps),
    ...eventRoutes(deps),
    ...inboxRoutes(deps),
  ];
}
