export { encryptedComment } from './comment.ts';
export { edit, encryptedEdit } from './edit.ts';
export type { EditForm } from './edit.ts';
export { encryptedReaction, reaction } from './reaction.ts';
export type { SecretFacts } from './message-secret.ts';
export { revoke } from './revoke.ts';
export { vote } from './vote.ts';
