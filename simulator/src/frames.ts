/** A client opens with this: `WA`, protocol version 6, dictionary version 3. It is also the prologue of the handshake. */
export const connectionHeader = Uint8Array.of(0x57, 0x41, 6, 3);

/**
 * Cuts what a client sends into frames: an optional routing block (`ED`, 2 bytes, 3 bytes length, data), the
 * connection header, and then per frame 3 bytes length and the frame. WebSocket messages do not respect these borders.
 */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);
  #isOpened = false;

  /** The frames that are complete now. Throws when the client does not open as WhatsApp's do. */
  push(data: Buffer): Buffer[] {
    this.#bytes = this.#bytes.length === 0 ? data : Buffer.concat([this.#bytes, data]);
    if (!this.#isOpened && !this.#open()) return [];
    const frames: Buffer[] = [];
    while (this.#bytes.length >= 3 && this.#bytes.length >= 3 + this.#bytes.readUIntBE(0, 3)) {
      const end = 3 + this.#bytes.readUIntBE(0, 3);
      frames.push(this.#bytes.subarray(3, end));
      this.#bytes = this.#bytes.subarray(end);
    }
    return frames;
  }

  #open(): boolean {
    if (this.#bytes.length < 4) return false;
    if (this.#bytes.toString('latin1', 0, 2) === 'ED') {
      if (this.#bytes.length < 7) return false;
      const end = 7 + this.#bytes.readUIntBE(4, 3);
      if (this.#bytes.length < end) return false;
      this.#bytes = this.#bytes.subarray(end);
    }
    if (this.#bytes.length < connectionHeader.length) return false;
    if (!this.#bytes.subarray(0, 4).equals(connectionHeader)) throw new Error('not a WhatsApp client');
    this.#bytes = this.#bytes.subarray(4);
    this.#isOpened = true;
    return true;
  }
}

/** A frame of the server: 3 bytes length, then the payload. */
export function frame(payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(3 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.set(payload, 3);
  return bytes;
}
