/** What the server and its phones have counted since the start; tests read it to prove that something did not happen. */
export interface Counters {
  /** Stanzas that companions sent, and that were sent to them. */
  stanzasIn: number;
  stanzasOut: number;
  logins: number;
  failedLogins: number;
  pairings: number;
  /** Messages that companions handed to the server. */
  messagesFromCompanions: number;
  /** Message stanzas put into companions' queues. */
  messagesToCompanions: number;
  /** Stanzas sent again because a connection ended before they were acknowledged. */
  redelivered: number;
  /** Negative acks of companions for messages, such as error 487 or 500. */
  negativeAcks: number;
  retryReceiptsFromCompanions: number;
  /** Messages that a phone could not decrypt on arrival. */
  undecryptable: number;
  /** Copies of messages for devices that do not exist (any more). */
  unroutable: number;
  /** Queries that got an empty answer because nothing here knows their xmlns. */
  unknownQueries: Map<string, number>;
}

/** All at zero. */
export function createCounters(): Counters {
  return {
    stanzasIn: 0,
    stanzasOut: 0,
    logins: 0,
    failedLogins: 0,
    pairings: 0,
    messagesFromCompanions: 0,
    messagesToCompanions: 0,
    redelivered: 0,
    negativeAcks: 0,
    retryReceiptsFromCompanions: 0,
    undecryptable: 0,
    unroutable: 0,
    unknownQueries: new Map(),
  };
}
