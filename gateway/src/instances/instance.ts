/** The API's words for where an instance is; only `ready` sends messages. */
export type InstanceState =
  | 'booting'
  | 'loading_screen'
  | 'qr'
  | 'authenticated'
  | 'ready'
  | 'auth_failure'
  | 'disconnected';

/** One WhatsApp number that the gateway keeps connected. */
export interface Instance {
  readonly id: number;
  readonly name: string;
  readonly state: InstanceState;
  /** Why it is in that state, in plain words; null when there is nothing to say. */
  readonly stateReason: string | null;
  /** The own number, digits only; null until it is linked. */
  readonly phone: string | null;
  /** The own LID (`digits@lid`); null until it is known. */
  readonly lid: string | null;
  readonly pushName: string | null;
  readonly createdAt: number;
  /** Since when the present number is linked; null until it is. */
  readonly linkedAt: number | null;
}
