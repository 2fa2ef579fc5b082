import type { EventDraft, Lifecycle, Translation } from './translation.ts';

/** A change of the connection: the event of the same name. Each is a new one, so none has an identity. */
export function translateLifecycle(change: Lifecycle): Translation {
  return { do: 'record', events: [draftOf(change)], messages: [] };
}

function draftOf(change: Lifecycle): EventDraft {
  const identity = null;
  switch (change.is) {
    case 'qr':
      return { name: 'qr', data: { qr: change.code, base64: change.base64 }, identity };
    case 'loading_screen':
      return { name: 'loading_screen', data: { percent: change.percent, message: change.message }, identity };
    case 'authenticated':
      return { name: 'authenticated', data: {}, identity };
    case 'auth_failure':
      return { name: 'auth_failure', data: { message: change.message }, identity };
    case 'ready':
      return { name: 'ready', data: { status: 'ready' }, identity };
    case 'disconnected':
      return { name: 'disconnected', data: { reason: change.reason }, identity };
    case 'change_state':
      return { name: 'change_state', data: { state: change.state }, identity };
  }
}
