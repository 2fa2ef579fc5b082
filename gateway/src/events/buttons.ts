import type { DynamicReplyButtonData } from '@eazewa/sdk/events';
import { numberIn, objectIn, objectsIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import { headerOf, hydratedTemplateOf } from './header.ts';
import { toJson } from './json.ts';
import type { KindFields, KindSource } from './kind-source.ts';

/** Text, with what the sender's app found out about its first link. */
export function textOf({ part }: KindSource): Partial<KindFields> {
  const shop = defined({ title: textIn(part, 'title'), description: textIn(part, 'description') });
  const matchedText = textIn(part, 'matchedText');
  return { shop, raw: { ...shop, ...defined({ matchedText }) } };
}

/** A list to choose from. */
export function listOf({ part }: KindSource): Partial<KindFields> {
  const shop = defined({ title: textIn(part, 'title'), description: textIn(part, 'description') });
  return { shop, raw: { ...shop, ...defined({ footer: textIn(part, 'footerText') }) } };
}

/** Up to three buttons under a text. WhatsApp Web gives such a message the type of its header. */
export function buttonsOf({ content, field, part }: KindSource): Partial<KindFields> {
  const dynamicReplyButtons = objectsIn(part, 'buttons').map(buttonOf);
  const title = headerOf(content, field)?.title;
  const buttons = dynamicReplyButtons.length === 0 ? {} : { dynamicReplyButtons };
  return {
    body: textIn(part, 'contentText') ?? '',
    shop: defined({ title }),
    buttons,
    raw: {
      isDynamicReplyButtonsMsg: true,
      ...buttons,
      ...defined({ title, footer: textIn(part, 'footerText') }),
    },
  };
}

/** A business's template, with its texts filled in. */
export function templateOf({ content, field, part, body }: KindSource): Partial<KindFields> {
  const template = hydratedTemplateOf(part);
  const title = headerOf(content, field)?.title;
  const hydratedButtons = objectsIn(template, 'hydratedButtons').map(toJson);
  return {
    body,
    shop: defined({ title }),
    raw: {
      isFromTemplate: true,
      ...(hydratedButtons.length === 0 ? {} : { hydratedButtons }),
      ...defined({ title, footer: textIn(template, 'hydratedFooterText') }),
    },
  };
}

/** What a business lets its customers do: choose, pay, open a page. All of it is in `_data.content`. */
export function interactiveOf({ content, field, part }: KindSource): Partial<KindFields> {
  const title = headerOf(content, field)?.title;
  const footer = textIn(objectIn(part, 'footer'), 'text');
  return { shop: defined({ title }), raw: defined({ title, footer }) };
}

function buttonOf(button: KindSource['content']): DynamicReplyButtonData {
  return {
    buttonId: textIn(button, 'buttonId') ?? '',
    buttonText: { displayText: textIn(objectIn(button, 'buttonText'), 'displayText') ?? '' },
    type: numberIn(button, 'type') ?? 1,
  };
}
