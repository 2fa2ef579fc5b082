import { numberIn, objectIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import type { KindFields, KindSource } from './kind-source.ts';
import type { MessageContent } from './translation.ts';

/** An order that a customer placed. */
export function orderOf({ part, contacts }: KindSource): Partial<KindFields> {
  const order = defined({ orderId: textIn(part, 'orderId'), token: textIn(part, 'token') });
  return {
    order,
    raw: {
      ...order,
      ...defined({
        orderTitle: textIn(part, 'orderTitle'),
        itemCount: numberIn(part, 'itemCount'),
        totalAmount1000: numberIn(part, 'totalAmount1000'),
        totalCurrencyCode: textIn(part, 'totalCurrencyCode'),
        sellerJid: idIn(part, 'sellerJid', contacts),
      }),
    },
  };
}

/** A product of a catalogue, with what its sender wrote to it. */
export function productOf({ part, contacts }: KindSource): Partial<KindFields> {
  const product = objectIn(part, 'product');
  const shop = defined({
    title: textIn(product, 'title'),
    description: textIn(product, 'description'),
    businessOwnerJid: idIn(part, 'businessOwnerJid', contacts),
    productId: textIn(product, 'productId'),
  });
  return {
    body: textIn(part, 'body') ?? '',
    shop,
    raw: {
      ...shop,
      ...defined({
        footer: textIn(part, 'footer'),
        currencyCode: textIn(product, 'currencyCode'),
        priceAmount1000: numberIn(product, 'priceAmount1000'),
        retailerId: textIn(product, 'retailerId'),
        url: textIn(product, 'url'),
      }),
    },
  };
}

/** Money that was sent, asked for, declined or cancelled. The note is the body. */
export function paymentOf({ part, contacts }: KindSource): Partial<KindFields> {
  const note = objectIn(part, 'noteMessage');
  const body = textIn(objectIn(note, 'extendedTextMessage'), 'text') ?? textIn(note, 'conversation');
  return {
    body: body ?? '',
    raw: defined({
      paymentCurrency: textIn(part, 'currencyCodeIso4217'),
      paymentAmount1000: numberIn(part, 'amount1000'),
      paymentMessageReceiverJid: idIn(part, 'requestFrom', contacts),
      paymentNoteMsg: body === undefined ? undefined : { body },
    }),
  };
}

function idIn(
  part: MessageContent | null,
  name: string,
  contacts: KindSource['contacts'],
): string | undefined {
  const jid = textIn(part, name);
  return jid === undefined ? undefined : contacts.id(jid);
}
