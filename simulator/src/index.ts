export { disconnects } from './disconnects.ts';
export type { DisconnectKind } from './disconnects.ts';
export type { Confirmation, Confirmations } from './group/confirmations.ts';
export type { GroupChange } from './group/changes.ts';
export { Group } from './group/group.ts';
export type { GroupMember, GroupRole, RequestMethod } from './group/group.ts';
export type { PhoneCommunities } from './phone/communities.ts';
export type { PhoneJoins } from './phone/joins.ts';
export type { Addressing } from './jid.ts';
export type { Counters } from './counters.ts';
export type { TracedStanza } from './network.ts';
export type { CompanionState } from './handset.ts';
export type { Phone } from './phone/phone.ts';
export type { ListOptions, StatusOptions } from './phone/broadcasts.ts';
export type { PhoneChanges, Sent, Which } from './phone/changes.ts';
export type { SendOptions } from './phone/outbox.ts';
export type { PhoneMessage, PhoneMessageStatus } from './phone/messages.ts';
export { SimulatorError } from './simulator-error.ts';
export type { SimulatorErrorCode } from './simulator-error.ts';
export { startSimulator } from './simulator.ts';
export type { NewPhone, Simulator, SimulatorOptions } from './simulator.ts';
export { stallKinds } from './stalls.ts';
export type { StallKind } from './stalls.ts';
export type { Stanza } from './stanza/codec.ts';
export { ControlClient, ControlError } from './control-client.ts';
export type { RemoteChannel, RemoteContent, RemotePost } from './control/chat-control.ts';
export type { RemoteMedia } from './control/media-routes.ts';
export type { ContentKind } from './control/content-kinds.ts';
export type { RemoteGroup, RemoteMessage, RemoteMessageFilter, RemotePhone } from './control-client.ts';
export type { GapOptions } from './gap.ts';
export type { Held, HeldReplay } from './order-faults.ts';
export type { Who } from './find-account.ts';
export type { HistorySyncType } from './history-chunks.ts';
export type { PeerRequests } from './peer-requests.ts';
export type { EarlierMessage, HistoryOptions, PhoneHistory } from './phone/history.ts';
export { mediaContent, uploadMedia } from './content/media.ts';
export type { NewMedia } from './content/media.ts';
export type { MediaFields, MediaKind } from './content/media-of.ts';
export { mediaKinds, mediaOf } from './content/media-of.ts';
export { decryptMedia, encryptMedia } from './media/media-crypto.ts';
export { mediaFaults } from './media/media-faults.ts';
export type { MediaFault, MediaFaultOptions } from './media/media-faults.ts';
export type { MediaType } from './media/media-keys.ts';
export type { MediaFile, MediaReference, MediaStore } from './media/media-store.ts';
export type { DownloadedMedia } from './phone/media.ts';
export { Channel } from './channel/channel.ts';
export type { ChannelPost } from './channel/channel.ts';
export type { PhonePresence, SeenPresence } from './phone/presence.ts';
export type { PhoneProfile } from './phone/profile.ts';
export type { Activity } from './presences.ts';
export type { PhoneChannels } from './phone/channels.ts';
export { channelMessage } from './channel/channel-message.ts';
export type { ChannelMessage } from './channel/channel-message.ts';
export { corrupt, msmsg, msmsgFirst, msmsgLast, unavailable } from './spoil.ts';
export type { Spoil } from './spoil.ts';
export type { Mutation } from './app-state/patch.ts';
export type { FoundMutation, PhoneSettings } from './phone/settings.ts';
export {
  blocklistNotification,
  businessNotification,
  contactsNotification,
  disappearingModeNotification,
  pictureNotification,
} from './notifications.ts';
export type { NotificationBody } from './notifications.ts';
export type { Call, CallOptions, CallStep } from './phone/calls.ts';
export * from './content/index.ts';
export type { Content } from './message-content.ts';
