import type { DynamicReplyButtonData, InteractiveHeaderData } from '@eazewa/sdk/events';
import { numberIn, objectIn, objectsIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import { headerOf, hydratedTemplateOf, interactiveIn } from './header.ts';
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

/** The row of a list that somebody chose: its text and what stands below it, as WhatsApp Web shows both. */
export function listResponseOf({ part }: KindSource): Partial<KindFields> {
  const texts = defined({ title: textIn(part, 'title'), description: textIn(part, 'description') });
  const body = [texts.title ?? '', texts.description].filter((line) => line !== undefined).join('\n');
  const selectedRowId = textIn(objectIn(part, 'singleSelectReply'), 'selectedRowId');
  if (selectedRowId === undefined) return { body };
  const { description, title } = texts;
  return {
    body,
    buttons: { selectedRowId },
    raw: {
      listResponse: {
        ...defined({ title, listType: numberIn(part, 'listType') }),
        singleSelectReply: { selectedRowId },
        ...defined({ description }),
      },
    },
  };
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
export function interactiveOf({ content, field }: KindSource): Partial<KindFields> {
  const title = headerOf(content, field)?.title;
  const footer = textIn(objectIn(interactiveIn(content, field), 'footer'), 'text');
  const interactiveHeader = interactiveHeaderOf(content, field);
  return { shop: defined({ title }), raw: defined({ title, footer, interactiveHeader }) };
}

function interactiveHeaderOf(
  content: KindSource['content'],
  field: string,
): InteractiveHeaderData | undefined {
  const header = objectIn(interactiveIn(content, field), 'header');
  if (header === null) return undefined;
  const mediaType = mediaTypes.get(headerOf(content, field)?.file?.type ?? '');
  return {
    ...defined({ title: textIn(header, 'title'), subtitle: textIn(header, 'subtitle') }),
    hasMediaAttachment: header['hasMediaAttachment'] === true,
    ...defined({ mediaType }),
  };
}

/** WhatsApp Web's `InteractiveMessageHeaderMediaType`, by the type of the header's file. */
const mediaTypes = new Map<string, NonNullable<InteractiveHeaderData['mediaType']>>([
  ['image', 'IMAGE'],
  ['video', 'VIDEO'],
  ['document', 'DOCUMENT'],
]);

function buttonOf(button: KindSource['content']): DynamicReplyButtonData {
  return {
    buttonId: textIn(button, 'buttonId') ?? '',
    buttonText: { displayText: textIn(objectIn(button, 'buttonText'), 'displayText') ?? '' },
    type: numberIn(button, 'type') ?? 1,
  };
}
