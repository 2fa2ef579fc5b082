import type { Account } from './account.ts';
import { Companion } from './companion.ts';
import type { CompanionKeys } from './companion.ts';
import type { Connection } from './connection.ts';
import { failure } from './disconnects.ts';
import type { Network } from './network.ts';
import type { ClientFinish } from './noise/index.ts';
import { proto } from './stanza/codec.ts';
import { node, numberOf } from './stanza/node.ts';

/** Which logins the server refuses on purpose, and with which reason. */
export class LoginRefusals {
  readonly #reasons = new Map<string, number>();

  /** `number` may be `*` for everybody, also for those who only want to be linked. */
  refuse(number: string, reason: number): void {
    this.#reasons.set(number, reason);
  }

  allow(number: string): void {
    this.#reasons.delete(number);
  }

  reasonFor(number: string | undefined): number | undefined {
    return (number === undefined ? undefined : this.#reasons.get(number)) ?? this.#reasons.get('*');
  }
}

export interface LoginDependencies {
  readonly network: Network;
  readonly refusals: LoginRefusals;
  /** Starts the linking of a client that has no account yet. */
  offerLink(connection: Connection, registration: CompanionKeys): void;
}

/** Reads the `ClientPayload` that ends the handshake: a known device is let in, a new one is offered to be linked. */
export function logIn(dependencies: LoginDependencies, connection: Connection, client: ClientFinish): void {
  const payload = proto.ClientPayload.decode(client.payload);
  const number = payload.username ? String(payload.username) : undefined;
  const reason = dependencies.refusals.reasonFor(number);
  if (reason !== undefined) return refuse(dependencies.network, connection, reason);
  if (dependencies.network.stalls.holds('login', number)) return connection.end('silence');
  if (number === undefined) return register(dependencies, connection, client, payload);
  const account = dependencies.network.directory.withNumber(number);
  const companion = companionOf(account, payload.device ?? 0, client.clientStatic);
  if (!companion) return refuse(dependencies.network, connection, 401);
  letIn(dependencies.network, connection, companion);
}

function refuse(network: Network, connection: Connection, reason: number): void {
  network.counters.failedLogins++;
  connection.refuse(failure(reason));
}

// The Noise key of the handshake is the client's only proof of who it is.
function companionOf(account: Account | undefined, id: number, noiseKey: Uint8Array): Companion | undefined {
  const device = account?.devices.get(id);
  return device instanceof Companion && Buffer.from(noiseKey).equals(device.keys.noiseKey)
    ? device
    : undefined;
}

function letIn(network: Network, connection: Connection, companion: Companion): void {
  network.counters.logins++;
  companion.connect(connection);
  connection.companion = companion;
  network.emit('connection', companion.account);
  const attributes = {
    t: network.now(),
    lid: companion.account.jid('lid', companion.id),
    location: 'sim',
    props: '1',
  };
  connection.send(node('success', attributes));
}

function register(
  dependencies: LoginDependencies,
  connection: Connection,
  client: ClientFinish,
  payload: proto.ClientPayload,
): void {
  const registration = registrationOf(client, payload);
  if (registration) dependencies.offerLink(connection, registration);
  else refuse(dependencies.network, connection, 400);
}

function registrationOf(client: ClientFinish, payload: proto.ClientPayload): CompanionKeys | undefined {
  const data = payload.devicePairingData;
  if (!data?.eIdent || !data.eRegid || !data.eSkeyId || !data.eSkeyVal || !data.eSkeySig) return undefined;
  return {
    noiseKey: client.clientStatic,
    identityKey: data.eIdent,
    registrationId: numberOf(data.eRegid),
    signedPreKey: { id: numberOf(data.eSkeyId), publicKey: data.eSkeyVal, signature: data.eSkeySig },
  };
}
