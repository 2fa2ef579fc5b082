import QRCode from 'qrcode';
import { Type } from 'typebox';
import type { HttpDeps } from './deps.ts';
import { Answer, AnswerOrRefusal, clientStatus, ClientStatus, told } from './envelopes.ts';
import { route, type Route } from './route.ts';

/** What an instance's connection to WhatsApp tells: its status, its QR code, who it is. */
export function clientRoutes(deps: HttpDeps): Route[] {
  return [getStatus(deps), getQr(deps), getMe()];
}

function getStatus({ webhooks }: HttpDeps): Route {
  return route({
    method: 'GET',
    path: '/instances/:id/client/status',
    permission: 'read',
    operationId: 'client-status-of-instance',
    summary: 'Status of an instance',
    description:
      'booting, loading_screen, (qr), authenticated, ready; auth_failure; disconnected. Only `ready` runs actions.',
    tag: 'client',
    answer: Answer('clientStatus', ClientStatus),
    async handle(call) {
      const instance = await call.instance();
      const status = clientStatus(instance, webhooks.of(instance.id)[0]);
      return { clientStatus: status, links: { self: call.self }, status: 'success' };
    },
  });
}

function getQr({ instances }: HttpDeps): Route {
  return route({
    method: 'GET',
    path: '/instances/:id/client/qr',
    permission: 'read',
    operationId: 'retrieve-qr-code',
    summary: 'QR code to scan',
    description: 'A PNG as a data URL, while the status is `qr`. Otherwise the inner status is `error`.',
    tag: 'client',
    answer: AnswerOrRefusal(
      'qrCode',
      Type.Object({ qr_code: Type.String({ examples: ['data:image/png;base64,iVBORw0KGgo'] }) }),
    ),
    async handle(call) {
      const { id } = await call.instance();
      const code = await instances.qr(id);
      if (code === null) {
        const refusal = { status: 'error', message: 'instance not in QR mode', instanceId: String(id) };
        return { status: 'success', qrCode: refusal };
      }
      const picture = await QRCode.toDataURL(code);
      return { qrCode: told(id, { qr_code: picture }), links: { self: call.self }, status: 'success' };
    },
  });
}

const Me = Type.Object({
  displayName: Type.Union([Type.String(), Type.Null()]),
  contactId: Type.String({ examples: ['491701234567@c.us'] }),
  formattedNumber: Type.String({ examples: ['+491701234567'] }),
  profilePicUrl: Type.Null(),
});

function getMe(): Route {
  return route({
    method: 'GET',
    path: '/instances/:id/client/me',
    permission: 'read',
    operationId: 'retrieve-basic-client-information',
    summary: 'The account that is linked',
    description: 'Once a number is linked. Before, the inner status is `error`.',
    tag: 'client',
    answer: AnswerOrRefusal('me', Me),
    async handle(call) {
      const { id, phone, pushName } = await call.instance();
      if (phone === null) {
        const refusal = { status: 'error', message: 'instance not linked', instanceId: String(id) };
        return { status: 'success', me: refusal };
      }
      const me = {
        displayName: pushName,
        contactId: `${phone}@c.us`,
        formattedNumber: `+${phone}`,
        profilePicUrl: null,
      };
      return { me: told(id, me), links: { self: call.self }, status: 'success' };
    },
  });
}
