/** Thrown when the other side of a Noise handshake or transport sent what does not fit or does not authenticate. */
export class NoiseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoiseError';
  }
}
