import type { Phone } from '../phone/phone.ts';
import type { PhoneMessage } from '../phone/messages.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { Simulator } from '../simulator.ts';
import { changeRoutes } from './change-routes.ts';
import { channelRoutes } from './channel-routes.ts';
import { chatRoutes } from './chat-routes.ts';
import { deviceRoutes } from './device-routes.ts';
import type { Fields } from './fields.ts';
import { groupRoutes } from './group-routes.ts';
import { mediaRoutes, summaryOf } from './media-routes.ts';

export interface ControlRequest {
  readonly simulator: Simulator;
  readonly fields: Fields;
  /** The phone in the path; empty where there is none. */
  readonly number: string;
  /** The message in the path; empty where there is none. */
  readonly id: string;
}

type Action = (request: ControlRequest) => unknown;

/** Every request that the control API knows. */
const routes: Record<string, Action> = {
  ...channelRoutes,
  ...chatRoutes,
  ...deviceRoutes,
  'GET /health': ({ simulator }) => ({
    ok: true,
    url: simulator.url,
    rootPublicKey: base64(simulator.rootPublicKey),
    mediaHost: simulator.media.host,
    mediaCa: simulator.mediaCa,
  }),
  'GET /counters': ({ simulator: { counters } }) => ({
    ...counters,
    unknownQueries: Object.fromEntries(counters.unknownQueries),
  }),
  'GET /phones': ({ simulator }) => simulator.phones.map((phone) => describe(phone)),
  'POST /phones': addPhone,
  'POST /disconnect': ({ simulator, fields }) =>
    simulator.disconnect(fields.text('number'), fields.text('kind')),
  'POST /fail-logins': ({ simulator, fields }) =>
    simulator.failLogins(fields.text('number'), fields.optionalNumber('reason') ?? 401),
  'POST /allow-logins': ({ simulator, fields }) => simulator.allowLogins(fields.text('number')),
  'POST /stall': ({ simulator, fields }) => simulator.stall(fields.text('number'), fields.text('kind')),
  'POST /unstall': ({ simulator, fields }) => simulator.unstall(fields.text('number')),
  'POST /drop-all': ({ simulator }) => simulator.dropAll(),
  'GET /phones/:number': (request) => describe(phoneOf(request)),
  'GET /phones/:number/messages': (request) =>
    phoneOf(request).messages.map((message) => describeMessage(message)),
  'POST /phones/:number/scan': (request) => phoneOf(request).scan(request.fields.text('qr')),
  'POST /phones/:number/pairing-code': (request) =>
    phoneOf(request).enterPairingCode(request.fields.text('code')),
  'POST /phones/:number/read': async (request) => ({
    read: await phoneOf(request).read(request.fields.optionalText('id') ?? request.fields.text('from')),
  }),
  'POST /phones/:number/play': (request) => phoneOf(request).play(request.fields.text('id')),
  'POST /phones/:number/receipts': (request) => {
    const phone = phoneOf(request);
    phone.autoReceipts = request.fields.optionalSwitch('automatic') ?? phone.autoReceipts;
    const id = request.fields.optionalText('id');
    if (id !== undefined) phone.confirm(id);
    return describe(phone);
  },
  'POST /phones/:number/wait': waitForMessage,
  'POST /phones/:number/offline': (request) => phoneOf(request).goOffline(),
  'POST /phones/:number/online': (request) => phoneOf(request).goOnline(),
  'POST /phones/:number/change-number': (request) => {
    const phone = phoneOf(request);
    phone.changeNumber(request.fields.text('number'));
    return describe(phone);
  },
  'POST /phones/:number/unlink': (request) =>
    phoneOf(request).unlink(request.fields.optionalNumber('device')),
  ...groupRoutes,
  ...mediaRoutes,
  ...changeRoutes,
};

/** The route for a method and path, with the parts of the path that it has names for. */
export function findRoute(
  method: string,
  path: string,
): { run: Action; names: Record<string, string> } | undefined {
  for (const [route, run] of Object.entries(routes)) {
    const names = namesIn(route, `${method} ${path}`);
    if (names) return { run, names };
  }
  return undefined;
}

function namesIn(route: string, request: string): Record<string, string> | undefined {
  const [wanted, given] = [route.split('/'), request.split('/')];
  if (wanted.length !== given.length) return undefined;
  const names: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(':')) names[part.slice(1)] = decoded(given[i] ?? '');
    else if (part !== given[i]) return undefined;
  }
  return names;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new SimulatorError('invalid_request', `"${part}" in the path is not encoded as UTF-8.`);
  }
}

function addPhone({ simulator, fields }: ControlRequest): unknown {
  const [number, lid] = [fields.optionalText('number'), fields.optionalText('lid')];
  const deviceIsAndroid = fields.optionalSwitch('deviceIsAndroid');
  const phone = simulator.addPhone({
    name: fields.text('name'),
    ...(number !== undefined && { number }),
    ...(lid !== undefined && { lid }),
    ...(deviceIsAndroid !== undefined && { deviceIsAndroid }),
  });
  return describe(phone);
}

async function waitForMessage(request: ControlRequest): Promise<unknown> {
  const { fields } = request;
  const [id, text, status, group] = [
    fields.optionalText('id'),
    fields.optionalText('text'),
    fields.optionalText('status'),
    fields.optionalText('group'),
  ];
  const fits = (message: PhoneMessage) =>
    (id === undefined || message.id === id) &&
    (text === undefined || message.text === text) &&
    (status === undefined || message.status === status) &&
    (group === undefined || message.group === group);
  return describeMessage(await phoneOf(request).waitForMessage(fits, fields.optionalNumber('timeoutMs')));
}

function phoneOf({ simulator, number }: ControlRequest): Phone {
  return simulator.phone(number);
}

function describe(phone: Phone) {
  const { name, number, jid, lidJid, isOnline, autoReceipts, companions } = phone;
  return { name, number, jid, lidJid, isOnline, autoReceipts, companions };
}

function describeMessage(message: PhoneMessage) {
  // The whole content is for tests in the same process: it has bytes, which JSON has not.
  return { ...message, content: undefined, media: summaryOf(message.content) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
