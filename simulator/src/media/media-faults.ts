import { SimulatorError } from '../simulator-error.ts';

/**
 * How the media host fails: `silence` never answers, `stall` stops in the middle of the file, `cut` breaks the connection
 * there, `damage` changes one byte, `slow` sends the file in many small pieces, `refuse` answers 503.
 */
export type MediaFault = (typeof mediaFaults)[number];

export const mediaFaults = ['silence', 'stall', 'cut', 'damage', 'slow', 'refuse'] as const;

/** Which requests fail, and how many of them; all, until `heal`, unless said otherwise. */
export interface MediaFaultOptions {
  of?: 'downloads' | 'uploads';
  times?: number;
}

/** The fault that the next request meets. Of an upload it is the answer that is slow, damaged or cut. */
export class MediaFaults {
  #fault: MediaFault | undefined;
  #of: MediaFaultOptions['of'];
  #times = 0;

  /** Throws `invalid_request` for a fault that does not exist. */
  begin(fault: MediaFault | (string & {}), { of, times = Infinity }: MediaFaultOptions = {}): void {
    const known = mediaFaults.find((one) => one === fault);
    if (!known) {
      const all = mediaFaults.join(', ');
      throw new SimulatorError('invalid_request', `The media host cannot fail by "${fault}"; only: ${all}.`);
    }
    [this.#fault, this.#of, this.#times] = [known, of, times];
  }

  end(): void {
    this.#fault = undefined;
  }

  /** Called once for each request. */
  next(of: 'downloads' | 'uploads'): MediaFault | undefined {
    if (this.#fault === undefined || (this.#of !== undefined && this.#of !== of)) return undefined;
    if (this.#times <= 0) return undefined;
    this.#times -= 1;
    return this.#fault;
  }
}
