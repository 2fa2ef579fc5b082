import { createHash, randomBytes } from 'node:crypto';

/** What a token may do: make instances, look, change and act, remove. */
export const permissions = ['create', 'read', 'update', 'delete'] as const;
export type Permission = (typeof permissions)[number];

/** A key to the API. Its text is shown once; the gateway keeps only the hash. */
export interface Token {
  readonly id: number;
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** The only instances it reaches; null for all. */
  readonly instanceIds: readonly number[] | null;
}

/** A new token's text: `ezw_` and 43 characters, 256 random bits. */
export function newTokenText(): string {
  return `ezw_${randomBytes(32).toString('base64url')}`;
}

/** SHA-256 of the text. Fast on purpose: 256 random bits cannot be guessed, so nothing has to slow a guess down. */
export function hashToken(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

/** Whether the token reaches an instance. */
export function reaches(token: Token, instanceId: number): boolean {
  return token.instanceIds === null || token.instanceIds.includes(instanceId);
}
