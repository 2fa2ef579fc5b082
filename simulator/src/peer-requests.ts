import type { Device } from './account.ts';
import { findMessage } from './find-message.ts';
import type { Network } from './network.ts';
import type { PhoneHistory } from './phone/history.ts';
import type { PhoneMessages } from './phone/messages.ts';
import type { PhoneOutbox } from './phone/outbox.ts';
import { proto } from './stanza/codec.ts';
import { webMessageOf } from './web-message.ts';

interface PeerRequestDependencies {
  readonly phone: Device;
  readonly network: Network;
  readonly messages: PhoneMessages;
  readonly outbox: PhoneOutbox;
  readonly history: PhoneHistory;
}

type Request = proto.Message.IPeerDataOperationRequestMessage;

const { HISTORY_SYNC_ON_DEMAND, PLACEHOLDER_MESSAGE_RESEND } = proto.Message.PeerDataOperationRequestType;

/** What a handset does when a linked device asks it for data: single messages, or more of a chat's past. */
export class PeerRequests {
  /** Whether the handset answers; a real one may also just be slow, asleep or without network. */
  isAnswering = true;
  /** Everything that was asked, oldest first. */
  readonly received: Request[] = [];
  readonly #phone: Device;
  readonly #network: Network;
  readonly #messages: PhoneMessages;
  readonly #outbox: PhoneOutbox;
  readonly #history: PhoneHistory;

  constructor({ phone, network, messages, outbox, history }: PeerRequestDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#messages = messages;
    this.#outbox = outbox;
    this.#history = history;
  }

  /** Takes a decrypted peer message of a companion; all but requests are for real handsets only. */
  take(companion: Device, stanzaId: string, outer: proto.IMessage): void {
    const content = outer.deviceSentMessage?.message ?? outer;
    const request = content.protocolMessage?.peerDataOperationRequestMessage;
    // Only the account's own devices may ask.
    if (!request || companion.account !== this.#phone.account) return;
    this.received.push(request);
    if (!this.isAnswering) return;
    if (request.peerDataOperationRequestType === PLACEHOLDER_MESSAGE_RESEND)
      this.#resend(companion, stanzaId, request);
    if (request.peerDataOperationRequestType === HISTORY_SYNC_ON_DEMAND && request.historySyncOnDemandRequest)
      this.#history.answer(companion, stanzaId, request.historySyncOnDemandRequest);
  }

  #resend(companion: Device, stanzaId: string, request: Request): void {
    const keys = (request.placeholderMessageResendRequest ?? []).map(({ messageKey }) => messageKey ?? {});
    const results = keys.flatMap((key) => this.#lookUp(key) ?? []);
    if (results.length === 0) return;
    this.#outbox.sendPeer(companion, {
      protocolMessage: {
        type: proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
        peerDataOperationRequestResponseMessage: {
          peerDataOperationRequestType: PLACEHOLDER_MESSAGE_RESEND,
          stanzaId,
          peerDataOperationResult: results.map((webMessageInfoBytes) => ({
            placeholderMessageResendResponse: { webMessageInfoBytes },
          })),
        },
      },
    });
  }

  #lookUp(key: proto.IMessageKey): Uint8Array | undefined {
    const message = findMessage(this.#network.directory, this.#phone.account, this.#messages, key);
    if (!message?.content || !key.remoteJid) return undefined;
    const { directory } = this.#network;
    return proto.WebMessageInfo.encode(webMessageOf(directory, message, key.remoteJid)).finish();
  }
}
