import { eventNames } from '@eazewa/sdk/events';
import { assertEventShape, eventShapes } from '../../src/events/contract-shape-for-tests.ts';
import type { EventDraft, StoredMessage, Translation } from '../../src/events/translation.ts';

/**
 * What is wrong with a translation, whatever it was made of; null when nothing is. `inputBytes` is how large the row was:
 * what is told is in proportion to it.
 */
export function problemWith(translation: Translation, inputBytes: number): string | null {
  switch (translation.do) {
    case 'wait':
    case 'ignore':
      return null;
    case 'placeholder':
      return problemWithMessage(translation.message, inputBytes);
    case 'record':
      return first([
        ...translation.events.map((event) => problemWithEvent(event, inputBytes)),
        ...translation.messages.map((message) => problemWithMessage(message, inputBytes)),
      ]);
  }
}

function problemWithEvent(event: EventDraft, inputBytes: number): string | null {
  const { name, data, identity, messageId } = event;
  if (!eventNames.includes(name)) return `an event ${name} that nobody can subscribe to`;
  if (identity !== null && identity.length > 250) return `an identity of ${identity.length} characters`;
  if (messageId !== undefined && messageId.length > 200)
    return `a message id of ${messageId.length} characters`;
  const problem = jsonProblem(data, `${name}.data`) ?? sizeProblem(data, inputBytes);
  if (problem !== null || !eventShapes.has(name)) return problem;
  try {
    assertEventShape(name, data);
    return null;
  } catch (error) {
    return `${name}: ${(error as Error).message}`;
  }
}

function problemWithMessage({ id, fromMe, ack, data }: StoredMessage, inputBytes: number): string | null {
  if (id !== data.id.id || fromMe !== data.id.fromMe) return 'a stored message that goes by another id';
  if (!Number.isInteger(ack) || ack < -1 || ack > 5) return `a stored message with ack ${ack}`;
  if (!Number.isSafeInteger(data.timestamp)) return `a stored message with time ${data.timestamp}`;
  return jsonProblem(data, 'stored') ?? sizeProblem(data, inputBytes);
}

/** Text may stand in several places, bytes grow to lists of numbers, and one character to six in JSON. */
function sizeProblem(data: unknown, inputBytes: number): string | null {
  const size = JSON.stringify(data).length;
  return size <= 20_000 + 60 * inputBytes ? null : `${size} characters made of ${inputBytes} bytes`;
}

/** Where a value is not what comes back when it is written as JSON and read again. */
function jsonProblem(value: unknown, path: string): string | null {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${path} is ${value}`;
  if (typeof value !== 'object') return `${path} is ${typeof value}`;
  if (Array.isArray(value)) return first(value.map((item, index) => jsonProblem(item, `${path}[${index}]`)));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `${path} is no plain object`;
  return first(Object.entries(value).map(([key, member]) => jsonProblem(member, `${path}.${key}`)));
}

function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}
