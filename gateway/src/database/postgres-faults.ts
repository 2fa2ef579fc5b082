/** Classes of SQLSTATE for which the statement or its values are to blame, not the store. */
const dataFaultClasses = new Set([
  '0A', // feature not supported
  '21', // cardinality violation
  '22', // data exception
  '23', // integrity constraint violation
  '42', // syntax error or access rule violation
  '44', // with check option violation
  '54', // program limit exceeded
  'P0', // raised by a function
]);

/** A read that is no read. */
const writeInRead = '25006';

/** Whether repeating the statement would fail the same way. */
export function isDataFault(error: unknown): error is Error {
  const answer = answerOf(error);
  if (answer === undefined) return false;
  return dataFaultClasses.has(answer.code.slice(0, 2)) || answer.code === writeInRead;
}

/** Serialization failure or deadlock: the transaction did nothing and may be repeated. */
export function isConflict(error: unknown): boolean {
  const code = answerOf(error)?.code;
  return code === '40001' || code === '40P01';
}

/** Whether the connection outlives the error. When the server says FATAL or PANIC, those are its last words. */
export function isSurvivable(error: unknown): boolean {
  return answerOf(error)?.severity === 'ERROR';
}

/** What the server itself said: its errors have a severity and an SQLSTATE, those of the client have not. */
function answerOf(error: unknown): { code: string; severity: string } | undefined {
  if (!(error instanceof Error && 'code' in error && 'severity' in error)) return undefined;
  return { code: String(error.code), severity: String(error.severity) };
}
