import { keyOfAck, keysOfReceipt } from '../acknowledgement.ts';
import type { Companion } from '../companion.ts';
import type { Connection } from '../connection.ts';
import { isChannelJid, isGroupJid } from '../jid.ts';
import type { Network } from '../network.ts';
import type { Stanza } from './codec.ts';
import { channelRefusal } from './channel-message.ts';
import { groupRefusal } from './group-message.ts';
import { child, elements, node } from './node.ts';

export interface DispatchDependencies {
  readonly network: Network;
  /** Answers an `iq`. */
  answer(connection: Connection, iq: Stanza): void;
}

/** Does what one stanza of a client asks for. Telemetry is taken and ignored. */
export function dispatch(dependencies: DispatchDependencies, connection: Connection, stanza: Stanza): void {
  const { network } = dependencies;
  const { companion } = connection;
  if (stanza.tag === 'iq') {
    const isAnswer = stanza.attrs['type'] === 'result' || stanza.attrs['type'] === 'error';
    if (!isAnswer) dependencies.answer(connection, stanza);
    return;
  }
  if (!companion) return;
  if (stanza.tag === 'message') takeMessage(network, connection, companion, stanza);
  else if (stanza.tag === 'receipt') takeReceipt(network, connection, companion, stanza);
  else if (stanza.tag === 'call') takeCall(network, connection, companion, stanza);
  else if (stanza.tag === 'presence') takePresence(network, companion, stanza);
  else if (stanza.tag === 'chatstate') takeActivity(network, companion, stanza);
  else if (stanza.tag === 'ack') takeAck(network, companion, stanza);
  else if (stanza.tag === 'ib' && child(stanza, 'offline_batch')) sendOpen(network, connection, companion);
}

/** After a login: announces what has queued up, which the client then fetches; without any it is live at once. */
export function startDelivery(network: Network, connection: Connection, companion: Companion): void {
  const open = [...companion.queue.open().map(({ stanza }) => stanza.tag), ...companion.gap.tags];
  const isStalled = network.stalls.holds('replay', companion.account.number);
  if (open.length === 0 && !isStalled) return sendOpen(network, connection, companion);
  const count = (tag: string) => String(open.filter((other) => other === tag).length);
  const preview = {
    count: String(open.length),
    message: count('message'),
    receipt: count('receipt'),
    notification: count('notification'),
    call: count('call'),
    appdata: '0',
  };
  connection.send(node('ib', {}, [node('offline_preview', preview)]));
}

function sendOpen(network: Network, connection: Connection, companion: Companion): void {
  if (companion.isLive || network.stalls.holds('replay', companion.account.number)) return;
  const count = companion.queue.size + companion.gap.settle();
  companion.goLive((redelivered) => {
    network.counters.redelivered += redelivered;
    connection.send(node('ib', {}, [node('offline', { count: String(count) })]));
    if (companion.isSynced) return;
    companion.isSynced = true;
    companion.account.devices.get(0)?.welcome?.(companion);
  });
}

function takeMessage(network: Network, connection: Connection, companion: Companion, message: Stanza): void {
  network.counters.messagesFromCompanions++;
  const { id, to } = message.attrs;
  const t = network.now();
  const error = refusalOf(network, companion, message);
  companion.acks.pass(() => connection.send(node('ack', { class: 'message', id, from: to, t, error })));
  if (error === undefined) network.routeMessage(companion, { ...message, attrs: { ...message.attrs, t } });
}

function refusalOf(network: Network, companion: Companion, message: Stanza): string | undefined {
  const { to } = message.attrs;
  if (isGroupJid(to)) return groupRefusal(network, companion, to);
  return isChannelJid(to) ? channelRefusal(network, companion, message) : undefined;
}

function takeReceipt(network: Network, connection: Connection, companion: Companion, receipt: Stanza): void {
  const { id, to, type, participant } = receipt.attrs;
  for (const key of keysOfReceipt(network.directory, companion.account, receipt))
    companion.queue.acknowledge(key);
  if (type === 'retry') network.counters.retryReceiptsFromCompanions++;
  connection.send(node('ack', { class: 'receipt', id, from: to, type, participant }));
  network.routeReceipt(companion, receipt);
}

/** A client refuses a call: the caller's handset hears it. */
function takeCall(network: Network, connection: Connection, companion: Companion, call: Stanza): void {
  const { id, to } = call.attrs;
  connection.send(node('ack', { class: 'call', id, from: to, type: elements(call)[0]?.tag }));
  const attributes = { from: companion.account.jid('lid', companion.id), id, t: network.now() };
  network.directory.device(to)?.deliver(node('call', attributes, call.content));
}

function takePresence({ presences }: Network, companion: Companion, { attrs }: Stanza): void {
  const { type, to = '', name } = attrs;
  // A client that has changed its name says so here, beside the shared setting.
  if (name) companion.account.name = name;
  if (type === 'subscribe') presences.subscribe(companion, to);
  else if (type === 'available' || type === 'unavailable') presences.show(companion, type === 'available');
}

function takeActivity({ presences }: Network, companion: Companion, stanza: Stanza): void {
  const [what] = elements(stanza);
  const activity =
    what?.tag === 'paused' ? 'paused' : what?.attrs['media'] === 'audio' ? 'recording' : 'composing';
  presences.act(companion, stanza.attrs['to'] ?? '', activity);
}

function takeAck(network: Network, companion: Companion, ack: Stanza): void {
  if (ack.attrs['class'] === 'message' && ack.attrs['error'] !== undefined) network.counters.negativeAcks++;
  companion.queue.acknowledge(keyOfAck(network.directory, ack));
}
