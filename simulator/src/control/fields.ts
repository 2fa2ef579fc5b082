import { SimulatorError } from '../simulator-error.ts';

/** Without what was not said. */
export function given<T extends object>(values: T): { [name in keyof T]?: Exclude<T[name], undefined> } {
  const said = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { [name in keyof T]?: Exclude<T[name], undefined> };
}

/** The fields of a request, read with a plain complaint (`invalid_request`) for each that is missing or of a wrong kind. */
export class Fields {
  readonly #values: Record<string, unknown>;

  constructor(values: Record<string, unknown>) {
    this.#values = values;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new SimulatorError('invalid_request', `"${name}" is missing.`);
    return value;
  }

  optionalText(name: string, { mayBeEmpty = false } = {}): string | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value === 'number') return String(value);
    if (typeof value === 'string' && (mayBeEmpty || value !== '')) return value;
    throw new SimulatorError('invalid_request', `"${name}" must be a text that is not empty.`);
  }

  /** A list of texts, which may be empty. */
  texts(name: string): string[] {
    const list = this.optionalTexts(name);
    if (list) return list;
    throw new SimulatorError('invalid_request', `"${name}" is missing.`);
  }

  optionalTexts(name: string): string[] | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
    if (isList) return value as string[];
    throw new SimulatorError('invalid_request', `"${name}" must be a list of texts.`);
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    const number = Number(value);
    if (Number.isInteger(number) && number >= 0) return number;
    throw new SimulatorError('invalid_request', `"${name}" must be a whole number.`);
  }

  number(name: string): number {
    const value = this.optionalNumber(name);
    if (value !== undefined) return value;
    throw new SimulatorError('invalid_request', `"${name}" is missing.`);
  }

  /** A number with a fraction and a sign. */
  decimal(name: string): number {
    const value = this.#values[name];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new SimulatorError('invalid_request', `"${name}" must be a number.`);
  }

  /** The fields of an object inside. */
  part(name: string): Fields {
    return new Fields({ ...this.object(name) });
  }

  /** The fields of each object of a list. */
  list(name: string): Fields[] {
    const value = this.#values[name];
    if (Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null))
      return value.map((one: object) => new Fields({ ...one }));
    throw new SimulatorError('invalid_request', `"${name}" must be a list of objects.`);
  }

  optionalSwitch(name: string): boolean | undefined {
    const value = this.#values[name];
    if (value === undefined || typeof value === 'boolean') return value;
    throw new SimulatorError('invalid_request', `"${name}" must be true or false.`);
  }

  /** Bytes, which the request has as base64. */
  optionalBytes(name: string): Uint8Array | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
    // Buffer leaves out what is not base64, without a word.
    if (bytes && bytes.toString('base64') === value) return bytes;
    throw new SimulatorError('invalid_request', `"${name}" must be base64.`);
  }

  object(name: string): object {
    const value = this.#values[name];
    if (typeof value === 'object' && value !== null) return value;
    throw new SimulatorError('invalid_request', `"${name}" must be an object.`);
  }

  /** One of the given words. */
  optionalChoice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.optionalText(name);
    const choice = choices.find((one) => one === value);
    if (value === undefined || choice !== undefined) return choice;
    throw new SimulatorError('invalid_request', `"${name}" must be one of: ${choices.join(', ')}.`);
  }
}
