import { proto } from '../stanza/codec.ts';
import { jidOf } from './context.ts';
import type { Named } from './context.ts';

export interface Product {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  /** Thousandths of the currency. */
  readonly price1000?: number;
  readonly currency?: string;
  readonly owner: Named;
  readonly text?: string;
}

/** A product of a catalogue; `owner` is the business. */
export function product({
  id,
  title,
  description,
  price1000,
  currency,
  owner,
  text,
}: Product): proto.IMessage {
  return {
    productMessage: {
      product: {
        productId: id,
        title,
        ...(description !== undefined && { description }),
        ...(price1000 !== undefined && { priceAmount1000: price1000 }),
        ...(currency !== undefined && { currencyCode: currency }),
        productImageCount: 1,
      },
      businessOwnerJid: jidOf(owner),
      ...(text !== undefined && { body: text }),
    },
  };
}

export interface Order {
  readonly id: string;
  /** With it the order's items can be asked for. */
  readonly token: string;
  readonly title: string;
  readonly seller: Named;
  readonly items: number;
  readonly total1000?: number;
  readonly currency?: string;
  readonly text?: string;
}

/** A cart that somebody sends to a business. */
export function order({ id, token, title, seller, items, total1000, currency, text }: Order): proto.IMessage {
  const { OrderStatus, OrderSurface } = proto.Message.OrderMessage;
  return {
    orderMessage: {
      orderId: id,
      token,
      orderTitle: title,
      sellerJid: jidOf(seller),
      itemCount: items,
      status: OrderStatus.INQUIRY,
      surface: OrderSurface.CATALOG,
      ...(text !== undefined && { message: text }),
      ...(total1000 !== undefined && { totalAmount1000: total1000 }),
      ...(currency !== undefined && { totalCurrencyCode: currency }),
    },
  };
}

/** Money that was sent, with a note. */
export function payment(note: string): proto.IMessage {
  return { sendPaymentMessage: { noteMessage: { extendedTextMessage: { text: note } } } };
}

export interface PaymentRequest {
  readonly note: string;
  readonly amount1000: number;
  readonly currency: string;
  readonly from: Named;
  /** Seconds since 1970. */
  readonly expires?: number;
}

/** Money that is asked for. */
export function paymentRequest({
  note,
  amount1000,
  currency,
  from,
  expires,
}: PaymentRequest): proto.IMessage {
  return {
    requestPaymentMessage: {
      noteMessage: { extendedTextMessage: { text: note } },
      currencyCodeIso4217: currency,
      amount1000,
      requestFrom: jidOf(from),
      ...(expires !== undefined && { expiryTimestamp: expires }),
      amount: { value: amount1000, offset: 1000, currencyCode: currency },
    },
  };
}
