/** A message on its way, to be killed at a point. */
export interface Shot {
  /** Sets it off. Its failure does not count: the gateway may die. */
  readonly fire: () => unknown;
  /** What is still missing of its effects, in words; empty when all is there. Looked at again and again. */
  readonly missing: () => string[] | Promise<string[]>;
  /** What a person or a program does after the crash. */
  readonly afterwards?: () => Promise<void>;
}
