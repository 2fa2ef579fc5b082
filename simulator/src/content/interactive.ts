import type { proto } from '../stanza/codec.ts';

export interface Interactive {
  readonly text: string;
  readonly title?: string;
  readonly footer?: string;
  /** Each with the name of a flow, such as `quick_reply` or `cta_url`, and its parameters. */
  readonly buttons: readonly { readonly name: string; readonly params: object }[];
}

/** A business's message whose buttons start flows inside WhatsApp. */
export function interactive({ text, title, footer, buttons }: Interactive): proto.IMessage {
  return {
    interactiveMessage: {
      ...(title !== undefined && { header: { title, hasMediaAttachment: false } }),
      body: { text },
      ...(footer !== undefined && { footer: { text: footer } }),
      nativeFlowMessage: {
        buttons: buttons.map(({ name, params }) => ({ name, buttonParamsJson: JSON.stringify(params) })),
        messageParamsJson: '{}',
        messageVersion: 1,
      },
    },
  };
}

/** What somebody has answered in such a flow. */
export function interactiveReply(name: string, params: object, text = ''): proto.IMessage {
  return {
    interactiveResponseMessage: {
      body: { text },
      nativeFlowResponseMessage: { name, paramsJson: JSON.stringify(params), version: 3 },
    },
  };
}
