import type { Log } from '../log.ts';

/** What Baileys wants as its logger. */
export interface BaileysLog {
  level: string;
  child(fields: Record<string, unknown>): BaileysLog;
  trace(fields: unknown, message?: string): void;
  debug(fields: unknown, message?: string): void;
  info(fields: unknown, message?: string): void;
  warn(fields: unknown, message?: string): void;
  error(fields: unknown, message?: string): void;
}

/**
 * Baileys' words for our log. Only warnings and errors pass, and only their text: the objects beside it hold keys,
 * credentials and messages.
 */
export function baileysLog(log: Log, instanceId: number): BaileysLog {
  const tell = (fields: unknown, message: string | undefined) => {
    const text = message ?? (typeof fields === 'string' ? fields : undefined);
    if (text !== undefined) log.debug({ instanceId, from: 'baileys' }, text);
  };
  const own: BaileysLog = {
    level: 'warn',
    child: () => own,
    trace: () => undefined,
    debug: () => undefined,
    info: () => undefined,
    warn: tell,
    error: tell,
  };
  return own;
}
