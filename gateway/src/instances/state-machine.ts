import type { ConnectionState } from '@eazewa/sdk/events';
import type { Lifecycle } from '../events/translation.ts';
import type { ConnectionEnd } from './connection.ts';
import type { InstanceState } from './instance.ts';

/** Where an instance stands between two happenings. */
export interface Standing {
  readonly state: InstanceState;
  readonly reason: string | null;
  /** The last `change_state` that was told, in WhatsApp Web's words. */
  readonly waState: ConnectionState | null;
  /** It was ready since the gateway began with it: what follows a lost connection is told by `change_state` only. */
  readonly hasBeenReady: boolean;
  readonly isAuthenticated: boolean;
  readonly percent: number | null;
  /** Connections that ended since the last one that stayed ready for a minute. */
  readonly failures: number;
  /** What ended the last connection, while there is no better one. */
  readonly trouble: string | null;
}

export type Happening =
  /** It may not connect yet: so many others are being connected. */
  | { readonly is: 'waiting'; readonly openingAtOnce: number }
  /** Its turn has come. */
  | { readonly is: 'opening' }
  /** It must not be connected for now, through no fault of its own; it connects again by itself. */
  | { readonly is: 'paused'; readonly reason: string }
  | { readonly is: 'qr'; readonly code: string; readonly base64: string }
  | { readonly is: 'loading'; readonly percent: number }
  | { readonly is: 'authenticated' }
  | { readonly is: 'ready' }
  /** `readyForMs` is how long the connection had been ready; 0 if it never was. */
  | { readonly is: 'closed'; readonly end: ConnectionEnd; readonly readyForMs: number };

/** What follows a happening: what is told, and what the manager does. */
export interface Step {
  readonly standing: Standing;
  readonly changes: readonly Lifecycle[];
  readonly next: 'stay' | 'reconnect' | 'reconnect-at-once' | 'stop';
  /** The credentials are worth nothing any more. */
  readonly forget: boolean;
}

export const initialStanding: Standing = {
  state: 'booting',
  reason: null,
  waState: null,
  hasBeenReady: false,
  isAuthenticated: false,
  percent: null,
  failures: 0,
  trouble: null,
};

/** A connection that was ready for so long was a good one: the pauses before the next begin anew. */
export const steadyMs = 60_000;

/** The instance's state machine: values in, values out. */
export function step(standing: Standing, happening: Happening): Step {
  switch (happening.is) {
    case 'waiting':
      return stay({ ...standing, reason: waitingReason(standing, happening.openingAtOnce) }, []);
    case 'opening':
      return stay({ ...standing, reason: standing.trouble && `${standing.trouble} Connecting again.` }, []);
    case 'paused':
      return paused(standing, happening.reason);
    case 'qr': {
      const { code, base64 } = happening;
      return stay({ ...standing, ...fine, state: 'qr', isAuthenticated: false }, [
        { is: 'qr', code, base64 },
      ]);
    }
    case 'loading':
      return loading(standing, happening.percent);
    case 'authenticated':
      if (standing.isAuthenticated) return stay(standing, []);
      return stay({ ...standing, ...fine, state: 'authenticated', isAuthenticated: true }, [
        { is: 'authenticated' },
      ]);
    case 'ready':
      return ready(standing);
    case 'closed':
      return closed(standing, happening.end, happening.readyForMs);
  }
}

const fine = { reason: null, trouble: null } as const;

function waitingReason({ trouble }: Standing, openingAtOnce: number): string {
  const waiting = `Waiting for its turn to connect: the gateway opens ${openingAtOnce} at a time.`;
  return trouble === null ? waiting : `${trouble} ${waiting}`;
}

/** The connection is closed by us: told like one that was lost. */
function paused(standing: Standing, reason: string): Step {
  const state = standing.hasBeenReady || standing.isAuthenticated ? 'loading_screen' : 'booting';
  const closed: Standing = { ...standing, state, reason, trouble: null };
  return standing.waState === null ? stay(closed, []) : withState(closed, 'OPENING', []);
}

function loading(standing: Standing, percent: number): Step {
  // 0 is a new connection; within one it only grows.
  if (standing.hasBeenReady || (percent > 0 && percent <= (standing.percent ?? 0))) return stay(standing, []);
  if (percent === standing.percent) return stay(standing, []);
  const loaded: Standing = { ...standing, ...fine, state: 'loading_screen', percent };
  const changes: Lifecycle[] = [{ is: 'loading_screen', percent, message: 'WhatsApp' }];
  return percent === 0 ? withState(loaded, 'OPENING', changes) : stay(loaded, changes);
}

function ready(standing: Standing): Step {
  const told: Lifecycle[] = standing.hasBeenReady ? [] : [{ is: 'ready' }];
  return withState({ ...standing, ...fine, state: 'ready', hasBeenReady: true }, 'CONNECTED', told);
}

function closed(standing: Standing, end: ConnectionEnd, readyForMs: number): Step {
  if (end.code === 401 && end.atLogin && end.isUnconfirmed === true) return linkAgain(standing);
  const final = finalEnd(standing, end);
  if (final !== null) return stop(standing, final);
  // After pairing WhatsApp asks for a fresh connection: nothing is wrong.
  const isPaired = standing.state === 'authenticated' && standing.percent === null;
  if (end.code === 515 && isPaired) {
    return { standing, changes: [], next: 'reconnect-at-once', forget: false };
  }
  const failures = readyForMs >= steadyMs ? 1 : standing.failures + 1;
  const trouble = plainReason(end);
  const lost: Standing = {
    ...standing,
    state: standing.state === 'qr' ? 'booting' : 'loading_screen',
    reason: `${trouble} Connecting again.`,
    trouble,
    failures,
  };
  const waState = end.code === 408 || end.isTimeout === true ? 'TIMEOUT' : 'OPENING';
  const told = standing.waState === null ? stay(lost, []) : withState(lost, waState, []);
  // It may ask at other times too, but not again and again.
  return { ...told, next: end.code === 515 && failures === 1 ? 'reconnect-at-once' : 'reconnect' };
}

/** The gateway stopped after it stored a link, and before WhatsApp knew of it: nobody was unlinked. */
function linkAgain({ waState }: Standing): Step {
  const reason = 'The linking was interrupted before WhatsApp knew of it. Scan the new QR code.';
  return { ...stay({ ...initialStanding, reason, waState }, []), next: 'reconnect-at-once', forget: true };
}

/** An end that only a person can change. */
interface FinalEnd {
  readonly state: 'disconnected' | 'auth_failure';
  readonly reason: string;
  /** `disconnected`'s reason. */
  readonly disconnected: string;
  readonly waState: ConnectionState;
  readonly forget: boolean;
}

function finalEnd(standing: Standing, { code, reason, atLogin }: ConnectionEnd): FinalEnd | null {
  // 408 is Baileys' code for every time-out, and these are its words for the last QR code.
  if (code === 408 && standing.state === 'qr' && reason.startsWith('QR refs')) {
    return {
      state: 'disconnected',
      reason:
        'No phone scanned the QR code in time. Reboot the instance or ask for the QR code to get a new one.',
      disconnected: 'Max qrcode retries reached',
      waState: 'UNPAIRED',
      forget: true,
    };
  }
  const known = finalEnds[code];
  if (known === undefined) return null;
  const isRefused = atLogin && code !== 440 && code !== 405;
  if (code === 500 && !isRefused) return null;
  const state = isRefused ? 'auth_failure' : 'disconnected';
  return { ...known, state, reason: `${known.reason} (WhatsApp: ${reason}, ${code}.)` };
}

/** By Baileys' status codes; 411, 419 and 500 only when the login itself is refused. */
const finalEnds: Readonly<Record<number, Omit<FinalEnd, 'state'>>> = {
  401: {
    reason: 'The number was unlinked from this gateway. Reboot the instance and scan the new QR code.',
    disconnected: 'LOGOUT',
    waState: 'UNPAIRED',
    forget: true,
  },
  403: {
    reason: 'WhatsApp blocks this account. Look at the app on the phone.',
    disconnected: 'TOS_BLOCK',
    waState: 'TOS_BLOCK',
    forget: false,
  },
  405: {
    reason:
      'WhatsApp says that the version we announce is too old. Update the gateway or set EAZEWA_WHATSAPP_VERSION.',
    disconnected: 'DEPRECATED_VERSION',
    waState: 'DEPRECATED_VERSION',
    forget: false,
  },
  411: {
    reason:
      'The account is not set up for linked devices. Update WhatsApp on the phone, then reboot the instance.',
    disconnected: 'UNPAIRED',
    waState: 'UNPAIRED',
    forget: false,
  },
  419: {
    reason: 'WhatsApp refused the login. Reboot the instance.',
    disconnected: 'UNPAIRED',
    waState: 'UNPAIRED',
    forget: false,
  },
  440: {
    reason: 'Another connection took over with the same credentials. Stop it, then reboot the instance.',
    disconnected: 'CONFLICT',
    waState: 'CONFLICT',
    forget: false,
  },
  500: {
    reason:
      'WhatsApp refused the login. Reboot the instance; if that does not help, log it out and link it again.',
    disconnected: 'UNPAIRED',
    waState: 'UNPAIRED',
    forget: false,
  },
};

function stop(standing: Standing, final: FinalEnd): Step {
  const failure: Lifecycle[] =
    final.state === 'auth_failure' ? [{ is: 'auth_failure', message: final.reason }] : [];
  const ended: Standing = {
    ...initialStanding,
    state: final.state,
    reason: final.reason,
    waState: standing.waState,
  };
  const told = withState(ended, final.waState, failure);
  const changes: Lifecycle[] = [...told.changes, { is: 'disconnected', reason: final.disconnected }];
  return { standing: told.standing, changes, next: 'stop', forget: final.forget };
}

function stay(standing: Standing, changes: readonly Lifecycle[]): Step {
  return { standing, changes, next: 'stay', forget: false };
}

/** Adds `change_state` when it is a change. */
function withState(standing: Standing, waState: ConnectionState, changes: readonly Lifecycle[]): Step {
  if (standing.waState === waState) return stay(standing, changes);
  return stay({ ...standing, waState }, [...changes, { is: 'change_state', state: waState }]);
}

function plainReason({ code, reason }: ConnectionEnd): string {
  if (code === 0) return reason.endsWith('.') ? reason : `${reason}.`;
  if (code === 515) return 'WhatsApp asked for a fresh connection.';
  return `The connection to WhatsApp was lost (${reason}, ${code}).`;
}

/**
 * Milliseconds to wait before the next connection: doubling from half a second to a minute, each time somewhere between
 * half and all of it, so that many instances that lost the network together do not come back together.
 *
 * @param random 0 to 1
 */
export function reconnectDelayMs(failures: number, random: number): number {
  const longest = Math.min(60_000, 500 * 2 ** Math.min(failures - 1, 10));
  return Math.round(longest * (0.5 + random / 2));
}
