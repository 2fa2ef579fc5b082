import { SimulatorError } from '../simulator-error.ts';
import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';

/**
 * Reads a stanza from JSON: `{"tag", "attrs": {...}, "content"}`, where the content is missing, a text, a list of stanzas,
 * or bytes as `{"base64": "..."}`. Throws `invalid_request`.
 */
export function readStanza(json: unknown): Stanza {
  if (!isObject(json) || typeof json['tag'] !== 'string') throw invalid('a stanza needs a "tag"');
  const { tag, attrs = {}, content } = json;
  if (!isObject(attrs)) throw invalid('"attrs" must be an object');
  const attributes = Object.entries(attrs).map(([name, value]) => {
    if (typeof value !== 'string') throw invalid(`the attribute "${name}" must be a text`);
    return [name, value] as const;
  });
  return node(tag, Object.fromEntries(attributes), readContent(content));
}

function readContent(content: unknown): Stanza['content'] {
  if (content === undefined || typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map((one) => readStanza(one));
  if (isObject(content) && typeof content['base64'] === 'string')
    return Buffer.from(content['base64'], 'base64');
  throw invalid('"content" must be a text, a list of stanzas, or {"base64": ...}');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string): SimulatorError {
  return new SimulatorError('invalid_request', `This is no stanza: ${reason}.`);
}
