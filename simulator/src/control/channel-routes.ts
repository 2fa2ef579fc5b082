import type { Channel } from '../channel/channel.ts';
import type { PhoneChannels } from '../phone/channels.ts';
import { textOfContent } from '../message-content.ts';
import { contentOfRequest } from './chat-routes.ts';
import { given } from './fields.ts';
import { describeFile, newMedia, summaryOf } from './media-routes.ts';
import type { ControlRequest } from './routes.ts';

/** What handsets do with channels. */
export const channelRoutes: Record<string, (request: ControlRequest) => unknown> = {
  'GET /channels': ({ simulator }) => simulator.channels.map(describeChannel),
  'POST /phones/:number/channels': (request) => {
    const { fields } = request;
    const { jid, name } = channelsOf(request).create(fields.text('name'), fields.optionalText('description'));
    return { jid, name };
  },
  'POST /phones/:number/channels/follow': ({ fields, ...request }) =>
    channelsOf(request).follow(fields.text('channel')),
  'POST /phones/:number/channels/unfollow': ({ fields, ...request }) =>
    channelsOf(request).unfollow(fields.text('channel')),
  'POST /phones/:number/channels/post': (request) =>
    channelsOf(request).post(
      request.fields.text('channel'),
      contentOfRequest(request),
      given({ id: request.fields.optionalText('id') }),
    ),
  'POST /phones/:number/channels/post-media': ({ fields, ...request }) => {
    const id = given({ id: fields.optionalText('id') });
    const posted = channelsOf(request).postMedia(fields.text('channel'), newMedia(fields), id);
    return { ...posted, file: describeFile(posted.file) };
  },
  'POST /phones/:number/channels/edit': ({ fields, ...request }) =>
    channelsOf(request).edit(fields.text('channel'), fields.number('serverId'), fields.text('text')),
  'POST /phones/:number/channels/delete': ({ fields, ...request }) =>
    channelsOf(request).delete(fields.text('channel'), fields.number('serverId')),
  'POST /phones/:number/channels/react': ({ fields, ...request }) =>
    channelsOf(request).react(
      fields.text('channel'),
      fields.number('serverId'),
      fields.optionalText('emoji', { mayBeEmpty: true }) ?? '',
    ),
  'POST /phones/:number/channels/vote': ({ fields, ...request }) =>
    channelsOf(request).vote(fields.text('channel'), fields.number('serverId'), fields.texts('options')),
  'POST /phones/:number/channels/view': ({ fields, ...request }) =>
    channelsOf(request).view(fields.text('channel'), fields.number('serverId')),
};

function channelsOf({ simulator, number }: Pick<ControlRequest, 'simulator' | 'number'>): PhoneChannels {
  return simulator.phone(number).channels;
}

function describeChannel({ jid, name, description, owner, followers, posts }: Channel) {
  return {
    jid,
    name,
    description,
    owner: owner.number,
    followers: [...followers].map(({ number }) => number),
    posts: posts.map(({ id, serverId, timestamp, content, reactions, votes, viewers, ...post }) => ({
      id,
      serverId,
      timestamp,
      ...given({ text: textOfContent(content), media: summaryOf(content) }),
      isEdited: post.editedAtMs !== undefined,
      isDeleted: post.deletedAt !== undefined,
      reactions: [...reactions.values()],
      votes: [...votes.values()].flat(),
      views: viewers.size,
    })),
  };
}
