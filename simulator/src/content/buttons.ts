import { proto } from '../stanza/codec.ts';

/** Something to press: what it shows, and what a press says. */
export interface Choice {
  readonly id: string;
  readonly text: string;
}

/** A text of a business with buttons below it. */
export function buttons(text: string, choices: readonly Choice[], footer?: string): proto.IMessage {
  const { Button, HeaderType } = proto.Message.ButtonsMessage;
  return {
    buttonsMessage: {
      contentText: text,
      ...(footer !== undefined && { footerText: footer }),
      headerType: HeaderType.EMPTY,
      buttons: choices.map(({ id, text: displayText }) => ({
        buttonId: id,
        buttonText: { displayText },
        type: Button.Type.RESPONSE,
      })),
    },
  };
}

/** Somebody has pressed one of the buttons. */
export function buttonReply({ id, text }: Choice): proto.IMessage {
  const { Type } = proto.Message.ButtonsResponseMessage;
  return {
    buttonsResponseMessage: { selectedButtonId: id, selectedDisplayText: text, type: Type.DISPLAY_TEXT },
  };
}

export interface ListRow extends Choice {
  readonly description?: string;
}

export interface ListMenu {
  readonly title: string;
  readonly description: string;
  /** What opens the list. */
  readonly button: string;
  readonly footer?: string;
  readonly sections: readonly { readonly title: string; readonly rows: readonly ListRow[] }[];
}

/** A menu of a business. */
export function list({ title, description, button, footer, sections }: ListMenu): proto.IMessage {
  return {
    listMessage: {
      title,
      description,
      buttonText: button,
      ...(footer !== undefined && { footerText: footer }),
      listType: proto.Message.ListMessage.ListType.SINGLE_SELECT,
      sections: sections.map((section) => ({
        title: section.title,
        rows: section.rows.map(({ id, text, description: more }) => ({
          rowId: id,
          title: text,
          ...(more !== undefined && { description: more }),
        })),
      })),
    },
  };
}

/** Somebody has chosen a row of a menu. */
export function listReply({ id, text, description }: ListRow): proto.IMessage {
  return {
    listResponseMessage: {
      title: text,
      ...(description !== undefined && { description }),
      listType: proto.Message.ListResponseMessage.ListType.SINGLE_SELECT,
      singleSelectReply: { selectedRowId: id },
    },
  };
}

/** A business's template with its text, and buttons that answer or open a link. */
export function template(
  text: string,
  choices: readonly (Choice | { readonly url: string; readonly text: string })[],
  { title, footer, id = 'template' }: { title?: string; footer?: string; id?: string } = {},
): proto.IMessage {
  const hydratedFourRowTemplate = {
    templateId: id,
    hydratedContentText: text,
    ...(title !== undefined && { hydratedTitleText: title }),
    ...(footer !== undefined && { hydratedFooterText: footer }),
    hydratedButtons: choices.map((choice, index) => ({
      index,
      ...('url' in choice
        ? { urlButton: { displayText: choice.text, url: choice.url } }
        : { quickReplyButton: { displayText: choice.text, id: choice.id } }),
    })),
  };
  return {
    templateMessage: { templateId: id, hydratedTemplate: hydratedFourRowTemplate, hydratedFourRowTemplate },
  };
}

/** Somebody has pressed a button of a template; `index` is its place there. */
export function templateReply({ id, text }: Choice, index = 0): proto.IMessage {
  return { templateButtonReplyMessage: { selectedId: id, selectedDisplayText: text, selectedIndex: index } };
}
