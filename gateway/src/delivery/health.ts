import type { Clock } from '../clock.ts';
import type { HealthChange } from '../webhooks/health-change.ts';
import type { FinishedAttempt } from './attempt-head.ts';
import { isOfHost } from './gate.ts';
import type { Logger } from './logger.ts';
import { targetOf } from './target.ts';

/** So many silences in a row are more than one slow answer; one is enough when nothing was reached. */
const silencesMax = 5;

interface Outage {
  readonly sinceMs: number;
  silences: number;
  reason: string;
  isTold: boolean;
}

/**
 * Listens to attempts. Logs once when a webhook stops answering, once when it answers again, and each time when we
 * ourselves are at fault; tells `onChange` of outages that are more than a slow answer.
 */
export function watchHealth(
  clock: Clock,
  log: Logger,
  onChange: (change: HealthChange) => void,
): (attempt: FinishedAttempt) => void {
  const outages = new Map<number, Outage>();
  return ({ delivery, url, result }) => {
    const { webhookId } = delivery;
    // Never the path: it carries the receiver's token.
    const fields = { webhookId, origin: targetOf(url)?.origin, delivery: delivery.id };
    const outage = outages.get(webhookId);
    switch (result.outcome) {
      case 'delivered':
      case 'rejected': {
        if (!outage) return;
        outages.delete(webhookId);
        log.info(fields, 'the webhook answers again');
        const { reason, sinceMs, isTold } = outage;
        if (isTold) onChange({ webhookId, state: 'recovered', reason, sinceMs });
        return;
      }
      case 'silence': {
        const { reason, phase, detail } = result;
        const now: Outage = outage ?? { sinceMs: clock.now(), silences: 0, reason, isTold: false };
        outages.set(webhookId, now);
        now.silences++;
        now.reason = reason;
        if (!outage)
          log.warn({ ...fields, reason, phase, detail }, 'the webhook does not answer; it is called again');
        if (now.isTold || (now.silences < silencesMax && !isOfHost(reason))) return;
        now.isTold = true;
        onChange({ webhookId, state: 'failing', reason, sinceMs: now.sinceMs });
        return;
      }
      case 'unsent':
        if (result.reason === 'aborted') return;
        log.error({ ...fields, detail: result.detail }, 'this machine has no socket left for a webhook');
        return;
      case 'unsendable':
        log.error({ ...fields, reason: result.reason }, 'the delivery is parked: it cannot be sent');
        return;
      default:
        result satisfies never;
    }
  };
}
