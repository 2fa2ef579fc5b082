import { GatewayError } from '../errors.ts';
import { MediaUnavailable, type MediaFault } from '../media/media-unavailable.ts';
import type { Call } from './route.ts';

/** For actions: the file that cannot be had as a failed action, whose message ends in the reason. */
export function mediaActionFailed(error: unknown): never {
  if (!(error instanceof MediaUnavailable)) throw error;
  const words = {
    gone: 'gone',
    unreachable: 'unreachable',
    damaged: 'damaged',
    too_large: 'too large',
    no_media: 'missing',
  };
  throw new GatewayError('action_failed', `media ${words[error.reason]}`, { explanation: error.message });
}

/** For links: the same with a status of its own. */
export function mediaNotServed(error: unknown): never {
  if (!(error instanceof MediaUnavailable)) throw error;
  throw new GatewayError(codes[error.reason], error.message);
}

const codes: Record<MediaFault, 'gone' | 'not_found' | 'upstream_failed'> = {
  gone: 'gone',
  no_media: 'not_found',
  unreachable: 'upstream_failed',
  damaged: 'upstream_failed',
  too_large: 'upstream_failed',
};

/** Ends when the caller has gone, or has the answer. */
export function signalOf(call: Pick<Call, 'whenGone'>): AbortSignal {
  const controller = new AbortController();
  call.whenGone(() => controller.abort(new Error('The caller has gone.')));
  return controller.signal;
}
