import {
  blocklistNotification,
  businessNotification,
  contactsNotification,
  pictureNotification,
} from '../notifications.ts';
import type { NotificationBody } from '../notifications.ts';
import type { Phone } from '../phone/phone.ts';
import { contentOf } from '../message-content.ts';
import { SimulatorError } from '../simulator-error.ts';
import { contentIn } from './content-kinds.ts';
import { given } from './fields.ts';
import type { Fields } from './fields.ts';
import type { ControlRequest } from './routes.ts';
import { readStanza } from './stanza-json.ts';

/** Everything that a linked device receives besides texts: losses, histories, settings, calls, notifications. */
export const deviceRoutes: Record<string, (request: ControlRequest) => unknown> = {
  'POST /lose-queued': loseQueued,
  'POST /inject': ({ simulator, fields }) =>
    simulator.inject(fields.text('number'), readStanza(fields.object('stanza')), {
      queued: fields.optionalSwitch('queued') ?? true,
    }),
  'POST /phones/:number/answers': changeAnswers,
  'POST /phones/:number/history': changeHistory,
  'POST /phones/:number/history/send': sendHistory,
  'POST /phones/:number/history/remember': remember,
  'POST /phones/:number/settings': changeSetting,
  'POST /phones/:number/app-state': changeAppState,
  'POST /phones/:number/call': ({ simulator, fields, number }) => {
    const [video, group] = [fields.optionalSwitch('video') ?? false, fields.optionalText('group')];
    const notice = fields.optionalSwitch('notice') ?? false;
    const { id } = simulator
      .phone(number)
      .call(fields.text('to'), { video, notice, ...(group !== undefined && { group }) });
    return { id };
  },
  'POST /phones/:number/call/end': endCall,
  'POST /phones/:number/notify': ({ simulator, fields, number }) =>
    simulator.phone(number).notify(notificationOf(fields)),
};

function loseQueued({ simulator, fields }: ControlRequest): unknown {
  const [tag, id] = [fields.optionalText('tag'), fields.optionalText('id')];
  const lost = simulator.loseQueued(fields.text('number'), {
    offlineCount: fields.optionalChoice('offlineCount', ['announced', 'sent']) ?? 'announced',
    predicate: (stanza) =>
      (tag === undefined || stanza.tag === tag) && (id === undefined || stanza.attrs['id'] === id),
  });
  return { lost: lost.map(({ tag: lostTag, attrs }) => ({ tag: lostTag, id: attrs['id'] })) };
}

function changeAnswers({ simulator, fields, number }: ControlRequest): unknown {
  const phone = simulator.phone(number);
  phone.answersRetries = fields.optionalSwitch('retries') ?? phone.answersRetries;
  phone.requests.isAnswering = fields.optionalSwitch('requests') ?? phone.requests.isAnswering;
  phone.answersMediaRetries = fields.optionalSwitch('mediaRetries') ?? phone.answersMediaRetries;
  return {
    retries: phone.answersRetries,
    requests: phone.requests.isAnswering,
    mediaRetries: phone.answersMediaRetries,
  };
}

function changeHistory({ simulator, fields, number }: ControlRequest): unknown {
  const { history } = simulator.phone(number);
  history.isShared = fields.optionalSwitch('shared') ?? history.isShared;
  history.chunkMessages = fields.optionalNumber('chunkMessages') ?? history.chunkMessages;
  history.isOnMediaHost = fields.optionalSwitch('onMediaHost') ?? history.isOnMediaHost;
  return {
    shared: history.isShared,
    chunkMessages: history.chunkMessages,
    onMediaHost: history.isOnMediaHost,
  };
}

function sendHistory({ simulator, fields, number }: ControlRequest): unknown {
  const [chat, since] = [fields.optionalText('chat'), fields.optionalNumber('since')];
  const [device, chunkMessages] = [fields.optionalNumber('device'), fields.optionalNumber('chunkMessages')];
  const onMediaHost = fields.optionalSwitch('onMediaHost');
  return simulator.phone(number).history.send({
    ...(chat !== undefined && { chat }),
    ...(since !== undefined && { since }),
    ...(device !== undefined && { device }),
    ...(chunkMessages !== undefined && { chunkMessages }),
    ...(onMediaHost !== undefined && { onMediaHost }),
  });
}

function remember({ simulator, fields, number }: ControlRequest): unknown {
  const timestamp = fields.optionalNumber('timestamp');
  const message = {
    content: contentOf(contentIn(fields)),
    ...given({ id: fields.optionalText('id'), from: fields.optionalText('from') }),
    fromMe: fields.optionalSwitch('fromMe') ?? false,
    ...(timestamp !== undefined && { timestamp }),
  };
  const [remembered] = simulator.phone(number).history.remember(fields.text('chat'), [message]);
  return { id: remembered?.id };
}

function changeAppState({ simulator, fields, number }: ControlRequest): unknown {
  const { settings: shared } = simulator.phone(number);
  shared.isOnMediaHost = fields.optionalSwitch('onMediaHost') ?? shared.isOnMediaHost;
  shared.snapshotAfter = fields.optionalNumber('snapshotAfter') ?? shared.snapshotAfter;
  return { onMediaHost: shared.isOnMediaHost, snapshotAfter: shared.snapshotAfter };
}

const settings = ['archive', 'pin', 'markRead', 'mute', 'deleteChat', 'star', 'deleteForMe'] as const;

/** `on` is true unless said otherwise; `star` and `deleteForMe` are about a message `id`, the others about a `chat`. */
function changeSetting({ simulator, fields, number }: ControlRequest): void {
  const phone = simulator.phone(number);
  const setting = fields.optionalChoice('set', settings);
  const isOn = fields.optionalSwitch('on') ?? true;
  switch (setting) {
    case 'archive':
    case 'pin':
    case 'markRead':
      return phone.settings[setting](fields.text('chat'), isOn);
    case 'mute':
      return phone.settings.mute(fields.text('chat'), isOn ? (fields.optionalNumber('untilMs') ?? -1) : null);
    case 'deleteChat':
      return phone.settings.deleteChat(fields.text('chat'));
    case 'star':
      return phone.settings.star(fields.text('id'), isOn);
    case 'deleteForMe':
      return phone.settings.deleteForMe(fields.text('id'));
    case undefined:
      throw new SimulatorError('invalid_request', '"set" is missing.');
  }
}

function endCall({ simulator, fields, number }: ControlRequest): void {
  const call = openCall(simulator.phone(number), fields.text('id'));
  const how = fields.optionalChoice('how', ['accept', 'reject', 'terminate', 'timeout']) ?? 'terminate';
  call[how]();
}

function openCall(phone: Phone, id: string) {
  const call = phone.calls.get(id);
  if (call) return call;
  throw new SimulatorError('unknown_message', `This phone has made no call ${id}.`);
}

function notificationOf(fields: Fields): NotificationBody {
  const about = fields.text('about');
  switch (
    fields.optionalChoice('what', ['picture', 'no-picture', 'block', 'unblock', 'business', 'contact'])
  ) {
    case 'picture':
      return pictureNotification(about);
    case 'no-picture':
      return pictureNotification(about, 'delete');
    case 'block':
      return blocklistNotification(about, 'block');
    case 'unblock':
      return blocklistNotification(about, 'unblock');
    case 'business':
      return businessNotification(about);
    case 'contact':
      return contactsNotification(about);
    case undefined:
      throw new SimulatorError('invalid_request', '"what" is missing.');
  }
}
