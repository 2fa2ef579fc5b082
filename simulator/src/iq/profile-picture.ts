import { QueryError } from './query.ts';

/** `w:profile:picture`: nobody has one. */
export function answerPicture(): never {
  throw new QueryError(404, 'item-not-found');
}
