/** What can be wrong with what a test or a person asks of the simulator. */
export type SimulatorErrorCode =
  | 'invalid_request'
  | 'unknown_phone'
  | 'unknown_message'
  | 'unknown_group'
  | 'unknown_channel'
  | 'not_a_member'
  | 'not_an_admin'
  | 'number_taken'
  | 'phone_offline'
  | 'not_linked'
  | 'qr_invalid'
  | 'qr_expired'
  | 'pairing_code_unknown'
  | 'pairing_code_wrong'
  | 'pairing_failed'
  | 'no_media'
  | 'unknown_media'
  | 'media_expired'
  | 'media_damaged'
  | 'timeout';

/** A request to the simulator that cannot be done; the message says why in plain words. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';
  readonly code: SimulatorErrorCode;

  constructor(code: SimulatorErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
