import { SenderKeyState } from 'baileys/lib/Signal/Group/sender-key-state.js';

/**
 * Mends Baileys' sender keys: the keys that are kept for group messages which come late are bytes when they are made and
 * plain objects (`{ type: 'Buffer', data: [...] }`) when they come back from the store, and then libsignal refuses them. So
 * a message that came after a later one of its sender could never be decrypted.
 */
function mendSenderKeys(): void {
  const stock = Reflect.get(SenderKeyState.prototype, 'removeSenderMessageKey');
  SenderKeyState.prototype.removeSenderMessageKey = function removeSenderMessageKey(iteration) {
    const key = this.getStructure().senderMessageKeys.find((each) => each.iteration === iteration);
    if (key !== undefined) key.seed = Buffer.from(key.seed);
    return stock.call(this, iteration);
  };
}

mendSenderKeys();
