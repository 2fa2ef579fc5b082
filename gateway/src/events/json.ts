import type { JsonObject, JsonValue } from '@eazewa/sdk/events';
import type { MessageContent } from './translation.ts';

/** WhatsApp's content as JSON: bytes as base64, empty values left out, nesting cut where no honest sender goes. */
export function toJson(content: MessageContent): JsonObject {
  return objectToJson(content, 0);
}

function objectToJson(value: object, depth: number): JsonObject {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  // A content's field names come from its schema, so none can be `__proto__`.
  return Object.fromEntries(entries.map(([name, member]) => [name, valueToJson(member, depth + 1)]));
}

function valueToJson(value: unknown, depth: number): JsonValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null || depth > depthMax) return null;
  return Array.isArray(value)
    ? value.map((member) => valueToJson(member, depth + 1))
    : objectToJson(value, depth);
}

const depthMax = 40;
