export { ApiError, type ApiErrorCode, type ApiErrorDetails } from './api-error.ts';
export { Client, type InstanceId } from './client.ts';
export { eventKey, HandledEvents } from './dedupe.ts';
export * from './events.ts';
export type { MediaCalls, MediaToSend, MessageWithMedia } from './media-calls.ts';
export * from './operational-events.ts';
export { InvalidSignature, type InvalidSignatureCode } from './invalid-signature.ts';
export { InvalidBody, isEvent, parseWebhook, type InvalidBodyCode } from './parse.ts';
export type { DeliveryFilter, ReplayResource, ReplaySelection } from './replays.ts';
export type { EventsPage, Following, PulledEvent, PulledEvents } from './pull-events.ts';
export type { ClientOptions } from './request.ts';
export { signWebhook } from './sign.ts';
export { verifyWebhook, type RequestHeaders, type VerifiedWebhook, type VerifyOptions } from './verify.ts';
export type {
  AttemptResource,
  ClientStatus,
  DeliveryResource,
  DeliveryState,
  DeliveryWithBody,
  InstanceResource,
  InstanceSettings,
  InstanceStatus,
  Me,
  MessageToSend,
} from './resources.ts';
export type { WebhookCalls } from './webhook-calls.ts';
export type {
  NewWebhook,
  MediaOptions,
  Quota,
  TestResult,
  WebhookChanges,
  WebhookBacklog,
  WebhookResource,
  WebhookSecret,
  WebhookSettings,
} from './webhook-resources.ts';
