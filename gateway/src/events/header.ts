import type { MessageType } from '@eazewa/sdk/events';
import { objectIn, textIn } from './content.ts';
import type { MessageContent } from './translation.ts';

/** What stands above a business's text with buttons: a title, a file or a place, or nothing. */
export interface Header {
  readonly title: string | undefined;
  /** The type that WhatsApp Web gives the whole message because of its header. */
  readonly type: MessageType;
  /** The content of the header's own kind, such as an `ImageMessage`, and which kind that is. */
  readonly file: { readonly type: HeaderFileType; readonly part: MessageContent } | null;
}

type HeaderFileType = (typeof headerTypes)[number][1];

/** The header of buttons, templates and interactive messages; null for every other content. */
export function headerOf(content: MessageContent, field: string): Header | null {
  const part = objectIn(content, field);
  switch (field) {
    case 'buttonsMessage':
      return header(part, textIn(part, 'text'), 'chat');
    case 'templateMessage': {
      const interactive = interactiveIn(content, field);
      if (interactive !== null) return interactiveHeader(interactive);
      const template = hydratedTemplateOf(part);
      return header(template, textIn(template, 'hydratedTitleText'), 'chat');
    }
    case 'interactiveMessage':
      return interactiveHeader(part);
    default:
      return null;
  }
}

/** A template with its texts filled in, wherever this version of the content has it. */
export function hydratedTemplateOf(part: MessageContent | null): MessageContent | null {
  return objectIn(part, 'hydratedFourRowTemplate') ?? objectIn(part, 'hydratedTemplate');
}

/** What a business lets its customers do, also as a template; null for every other content. */
export function interactiveIn(content: MessageContent, field: string): MessageContent | null {
  const part = objectIn(content, field);
  if (field === 'templateMessage') return objectIn(part, 'interactiveMessageTemplate');
  return field === 'interactiveMessage' ? part : null;
}

function interactiveHeader(interactive: MessageContent | null): Header {
  const top = objectIn(interactive, 'header');
  return { ...header(top, textIn(top, 'title'), 'interactive'), type: 'interactive' };
}

function header(part: MessageContent | null, title: string | undefined, otherwise: MessageType): Header {
  for (const [field, type] of headerTypes) {
    const file = objectIn(part, field);
    if (file !== null) return { title, type, file: { type, part: file } };
  }
  return { title, type: otherwise, file: null };
}

const headerTypes = [
  ['documentMessage', 'document'],
  ['imageMessage', 'image'],
  ['videoMessage', 'video'],
  ['locationMessage', 'location'],
] as const satisfies readonly (readonly [string, MessageType])[];
