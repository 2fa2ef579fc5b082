import type { Inboxes } from '../inbox/inboxes.ts';
import type { InstanceManager } from '../instances/manager.ts';
import { createBlobs, type Blobs } from '../media/blobs.ts';
import { createLoader, type LoadSource } from '../media/load-source.ts';
import { createMediaLinks, type MediaLinks } from '../media/media-links.ts';
import { createMedia, type Media } from '../media/media.ts';
import { askForFile } from '../messages/ask-for-file.ts';
import { moveFile } from '../messages/find-message.ts';
import type { AddressPolicy } from '../reach/guard-address.ts';
import { createResolver } from '../reach/resolve-host.ts';
import type { Ground } from './ground.ts';

export interface Files {
  readonly media: Media;
  readonly mediaLinks: MediaLinks;
  /** Histories and the like: files that belong to no message. */
  readonly blobs: Blobs;
  /** Loads the files that callers name. */
  readonly loadSource: LoadSource;
  /** Ends what callers wait for. */
  endCalls(): void;
  close(): void;
}

export interface FileParts {
  readonly secretKey: Uint8Array;
  /** Certificates in PEM that the media server's is checked with; the usual ones when null. */
  readonly ca: string | null;
  /** Where the files that callers name may be. */
  readonly policy: AddressPolicy;
  /** Asked when a file is gone: the phone may upload it again. */
  readonly numbers: () => { readonly inboxes: Inboxes; readonly instances: InstanceManager };
}

/** What moves files: those of messages and their links, those that callers name, and those that belong to no message. */
export function createFiles({ config, clock, database, measures }: Ground, parts: FileParts): Files {
  const { secretKey, ca, policy, numbers } = parts;
  const host = { host: config.whatsappMediaHost ?? 'mmg.whatsapp.net', ca };
  const media = createMedia({
    clock,
    host,
    onOutcome: measures.onMedia,
    requestUpload: (instanceId, message) => askForFile(message, () => numbers().instances.sender(instanceId)),
    keepPath: async (instanceId, message, path) => {
      const { messages } = await numbers().inboxes.open(instanceId);
      await moveFile(database, messages, instanceId, message, path);
    },
  });
  const blobs = createBlobs({ clock, host });
  const loadSource = createLoader({
    clock,
    policy,
    resolve: createResolver({ clock }),
    maxBytes: config.mediaLimitBytes,
  });
  return {
    media,
    mediaLinks: createMediaLinks(secretKey, config.mediaLinkHours * 3_600_000, () => clock.now()),
    blobs,
    loadSource,
    endCalls() {
      loadSource.close();
      media.close();
    },
    close: () => blobs.close(),
  };
}
