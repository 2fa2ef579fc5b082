import { Type, type Static } from 'typebox';
import { mask } from '../webhooks/requested-changes.ts';
import { subscriptionSources } from '../webhooks/webhook.ts';
import { EventNames } from './envelopes.ts';

const day = 24 * 3600 * 1000;
const Milliseconds = (minimum: number, maximum: number, description: string) =>
  Type.Integer({ minimum, maximum, description });
const Pem = Type.Union([Type.String({ maxLength: 64 * 1024 }), Type.Null()]);
const Url = Type.String({
  maxLength: 2048,
  description: 'Where events are posted to (http or https).',
  examples: ['https://example.com/webhooks/whatsapp/ETBu4KVOMXT2KCL1t9SGRIJ7Ra8zEPFM60QINdAp3GjD5Bw'],
});

/** How a webhook is called, besides its URL and its events. */
const settings = {
  isActive: Type.Optional(
    Type.Boolean({
      description: 'false: nothing is sent, its events wait; true again: they are sent, in their order.',
    }),
  ),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), {
      description: `Sent with each request, at most 20. null removes one. Answers show ${mask} for each value; sent back, it means: as it is.`,
      examples: [{ 'X-Api-Key': 'a secret' }],
    }),
  ),
  deadlineMs: Type.Optional(
    Type.Union([Milliseconds(1000, 60_000, 'For one attempt, until its response.'), Type.Null()], {
      description: "For one attempt, until its response. null: the gateway's default.",
    }),
  ),
  ordering: Type.Optional(
    Type.Enum(['chat', 'instance'], {
      description:
        'What comes one after the other: the events of each chat, or all of the instance. Cannot be changed while events wait.',
    }),
  ),
  retryPolicy: Type.Optional(
    Type.Enum(['eazewa', 'reliable'], {
      description:
        'eazewa: any response is final, silence is repeated every 3 seconds without end. reliable: the retryStatuses are ' +
        'repeated like silence, with growing waits, until the event is retryMaxAgeMs old.',
    }),
  ),
  retryStatuses: Type.Optional(
    Type.Array(Type.Integer({ minimum: 300, maximum: 599 }), {
      minItems: 1,
      maxItems: 50,
      description: 'With reliable only.',
      examples: [[408, 425, 429, 500, 502, 503, 504]],
    }),
  ),
  retryMaxAgeMs: Type.Optional(Milliseconds(60_000, 30 * day, 'With reliable only.')),
  ratePerSecond: Type.Optional(
    Type.Union([Type.Number({ minimum: 0.1, maximum: 10_000 }), Type.Null()], {
      description: 'Attempts per second at most. null: as many as the receiver answers.',
    }),
  ),
  verifyTls: Type.Optional(Type.Boolean({ description: 'false: any certificate is accepted.' })),
  ca: Type.Optional({
    ...Pem,
    description: 'PEM of the authorities that its certificate may be from, in place of the usual ones.',
  }),
  clientCertificate: Type.Optional({
    ...Pem,
    description: 'PEM; for receivers that want one. With clientKey.',
  }),
  clientKey: Type.Optional({ ...Pem, description: `PEM, without a passphrase. Answers show ${mask}.` }),
  quota: Type.Optional(
    Type.Object(
      {
        deliveriesMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
        bytesMax: Type.Optional(Type.Integer({ minimum: 1024 ** 2, maximum: 1024 ** 4 })),
        ageMsMax: Type.Optional(
          Type.Union([Milliseconds(60_000, 366 * day, 'Of the oldest that waits.'), Type.Null()], {
            description: 'Of the oldest that waits, by the wall clock. null: however old.',
          }),
        ),
        whenReached: Type.Optional(Type.Enum(['pause', 'drop_oldest'])),
      },
      {
        description:
          'What may wait for it. At the end of any of them its new events are recorded but not queued (pause), or its ' +
          'oldest are dropped.',
      },
    ),
  ),
  media: Type.Optional(
    Type.Object(
      {
        inline: Type.Optional(
          Type.Boolean({ description: 'true: data.media of the event message is the file, as base64.' }),
        ),
        bytesMax: Type.Optional(
          Type.Integer({
            minimum: 1000,
            maximum: 16 * 1024 ** 2,
            description: 'Of the whole request body with the file in it. What would be larger goes without.',
          }),
        ),
      },
      {
        additionalProperties: false,
        description:
          'Files inside the event message. Its delivery waits up to 10 seconds for the download; without the file ' +
          'data.media is null.',
      },
    ),
  ),
};

/** What documentation fills in at first: all settings at once would be refused, as not all of them go together. */
const example = {
  url: 'https://example.com/webhooks/whatsapp/a-long-random-security-token',
  events: ['message', 'message_ack'],
};

export const NewWebhook = Type.Object(
  {
    url: Url,
    events: Type.Unsafe<Static<typeof EventNames>>({ ...EventNames, minItems: 1, examples: [['message']] }),
    source: Type.Optional(
      Type.Enum([...subscriptionSources], { default: 'api', description: 'Who makes it.' }),
    ),
    ...settings,
  },
  { examples: [{ ...example, source: 'api' }] },
);

/** What only answers have: a whole answer may be sent back. */
const ofAnswers = Type.Optional(Type.Unknown({ description: 'As answers have it; it is passed over.' }));

/** A setting whose name is misspelt is refused: without it events would be lost that were to be repeated. */
export const WebhookChanges = Type.Object(
  {
    url: Type.Optional(Type.Union([Url, Type.Null()], { description: 'null: nowhere; for `main` only.' })),
    events: Type.Optional(EventNames),
    ...settings,
    id: ofAnswers,
    instanceId: ofAnswers,
    source: ofAnswers,
    createdAt: ofAnswers,
    isSigned: ofAnswers,
    oldSecretUntil: ofAnswers,
  },
  { description: 'What is left out stays as it is.', examples: [example], additionalProperties: false },
);
