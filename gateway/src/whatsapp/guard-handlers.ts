/** The part of Baileys' WebSocket client that tells its handlers what came. */
export interface TellsHandlers {
  emit(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
  rawListeners(event: string): Function[];
}

/**
 * Baileys' handlers throw at stanzas that are not as they expect, such as a `<presence>` without a child, and nobody
 * catches that: it would end the process, and all instances with it. So each handler fails for itself. `onFailure` gets
 * the event without its details: `CB:presence`, or `message` for bytes that are no stanza.
 */
export function guardHandlers(ws: TellsHandlers, onFailure: (error: unknown, event: string) => void): void {
  const emit = ws.emit.bind(ws);
  ws.emit = (event, ...args) => {
    const isBytes = event === 'message';
    if (!isBytes && !event.startsWith('CB:')) return emit(event, ...args);
    if (ws.listenerCount(event) === 0) return false;
    const fail = (error: unknown) => {
      onFailure(error, event.split(',', 1)[0] ?? event);
      // The frames that came together with that one are still to be read.
      if (isBytes) ws.emit(event, new Uint8Array(0));
    };
    for (const listener of ws.rawListeners(event)) {
      try {
        const handling: unknown = Reflect.apply(listener, ws, args);
        if (handling instanceof Promise) handling.catch(fail);
      } catch (error) {
        fail(error);
      }
    }
    return true;
  };
}
