import type { FinishedAttempt } from './attempt-head.ts';
import type { Logger } from './logger.ts';
import { targetOf } from './target.ts';

/** Says once when a webhook stops answering, once when it answers again, and each time when we ourselves are at fault. */
export function createHealthLog(log: Logger): (attempt: FinishedAttempt) => void {
  const silent = new Set<number>();
  return ({ delivery, url, result }) => {
    const { webhookId } = delivery;
    // Never the path: it carries the receiver's token.
    const fields = { webhookId, origin: targetOf(url)?.origin, delivery: delivery.id };
    switch (result.outcome) {
      case 'delivered':
      case 'rejected':
        if (silent.delete(webhookId)) log.info(fields, 'the webhook answers again');
        return;
      case 'silence': {
        if (silent.has(webhookId)) return;
        silent.add(webhookId);
        const { reason, phase, detail } = result;
        log.warn(
          { ...fields, reason, phase, detail },
          'the webhook does not answer; it is called again every 3 s',
        );
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
