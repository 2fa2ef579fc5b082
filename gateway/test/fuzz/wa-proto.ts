import { readFileSync } from 'node:fs';

/** A field of a message of WAProto. */
export interface ProtoField {
  readonly name: string;
  /** A scalar's name, or the full name of a message or an enumeration. */
  readonly type: string;
  readonly isList: boolean;
}

/** Everything that WhatsApp's protobufs can say: each message and enumeration by its full name, such as `Message.Chat`. */
export interface ProtoSchema {
  readonly messages: ReadonlyMap<string, readonly ProtoField[]>;
  /** The numbers of each enumeration. */
  readonly enums: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads the text that Baileys' classes are made from, so that what a later version adds is there by itself. Maps are left
 * out: nothing that the gateway reads has any.
 */
export function readWaProto(): ProtoSchema {
  const path = new URL(import.meta.resolve('baileys/WAProto/WAProto.proto'));
  const messages = new Map<string, ProtoField[]>();
  const enums = new Map<string, number[]>();
  /** The open blocks: a name, or null for a `oneof`, whose fields belong to the message around it. */
  const blocks: (string | null)[] = [];
  const inside = () => blocks.filter((name) => name !== null).join('.');
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, block, name = ''] = /^\s*(message|enum|oneof) (\w+) \{/.exec(line) ?? [];
    if (block !== undefined) {
      blocks.push(block === 'oneof' ? null : name);
      if (block === 'message') messages.set(inside(), []);
      if (block === 'enum') enums.set(inside(), []);
    } else if (/^\s*\}/.test(line)) {
      blocks.pop();
    } else {
      const [, number] = /^\s*\w+ = (-?\d+);/.exec(line) ?? [];
      if (number !== undefined) enums.get(inside())?.push(Number(number));
      const [, rule, type, field] =
        /^\s*(optional |repeated |required )?([\w.]+) (\w+) = \d+/.exec(line) ?? [];
      if (type !== undefined && field !== undefined)
        messages.get(inside())?.push({ name: field, type, isList: rule === 'repeated ' });
    }
  }
  return { messages: resolved(messages, enums), enums };
}

/** A type's name counts in the message that says it first, then in those around it. */
function resolved(
  messages: ReadonlyMap<string, readonly ProtoField[]>,
  enums: ReadonlyMap<string, unknown>,
): Map<string, readonly ProtoField[]> {
  const fullName = (type: string, within: string): string => {
    for (const parts = within.split('.'); parts.length > 0; parts.pop()) {
      const name = [...parts, type].join('.');
      if (messages.has(name) || enums.has(name)) return name;
    }
    return type;
  };
  return new Map(
    [...messages].map(([name, fields]) => [
      name,
      fields.map((field) => ({ ...field, type: fullName(field.type, name) })),
    ]),
  );
}
