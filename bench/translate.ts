import { needs } from '@eazewa/gateway/events/needs';
import { contextWith } from '@eazewa/gateway/events/rows-for-tests';
import { translate } from '@eazewa/gateway/events/translate';
import type { InboxRow, Own, StoredMessage } from '@eazewa/gateway/events/translation';
import { codec, encodeStanza } from '@eazewa/gateway/whatsapp/codec';
import { proto } from 'baileys';
import { median } from './support/measure.ts';
import { formatTable } from './support/table.ts';

export interface TranslateOptions {
  readonly rounds?: number;
  readonly rowsPerRound?: number;
}

const own: Own = { instanceId: 1, phone: '491709999999@s.whatsapp.net', lid: '900000000000001@lid' };
const anna = { phone: '491701234567@s.whatsapp.net', lid: '153978989985921@lid' };
const bytes = (count: number) => Uint8Array.from({ length: count }, (_, index) => index % 256);

/** What is translated, by its name in the result. */
const kinds: Readonly<Record<string, proto.IMessage | 'receipt'>> = {
  text: { conversation: 'the quick brown fox jumps over the lazy dog '.repeat(2) },
  image: {
    imageMessage: {
      mimetype: 'image/jpeg',
      caption: 'see https://example.com/a',
      directPath: '/v/t62.7118-24/1_2_3.enc?ccb=11-4',
      mediaKey: bytes(32),
      fileSha256: bytes(32),
      fileEncSha256: bytes(32),
      fileLength: 123_456,
      jpegThumbnail: bytes(1500),
    },
  },
  poll: {
    pollCreationMessageV3: {
      name: 'When?',
      options: ['Monday', 'Tuesday', 'Wednesday'].map((optionName) => ({ optionName })),
      selectableOptionsCount: 1,
    },
    messageContextInfo: { messageSecret: bytes(32) },
  },
  receipt: 'receipt',
};

/**
 * CPU from a stored row to the bodies of its events: decode, `needs`, `translate`, serialise. Against the least that anybody
 * must do for it: decode the protobuf, and write the same bodies as JSON.
 */
export async function runTranslate({
  rounds = 5,
  rowsPerRound = 20_000,
}: TranslateOptions = {}): Promise<void> {
  const results = Object.entries(kinds).map(([name, kind]) => {
    const work = kind === 'receipt' ? receiptWork() : messageWork(kind);
    const bodies = work.translate();
    const bare = () => {
      work.decode();
      for (const body of bodies) JSON.stringify(body);
    };
    const times: { translate: number[]; bare: number[] } = { translate: [], bare: [] };
    // The first round is for the just-in-time compiler.
    for (let round = 0; round <= rounds; round++) {
      const measured = { translate: cpuUs(rowsPerRound, work.run), bare: cpuUs(rowsPerRound, bare) };
      if (round === 0) continue;
      times.translate.push(measured.translate);
      times.bare.push(measured.bare);
    }
    const figures = { translateUs: rounded(median(times.translate)), bareUs: rounded(median(times.bare)) };
    return { name, ...figures, ratio: rounded(figures.translateUs / figures.bareUs), events: bodies.length };
  });
  console.log(
    formatTable(
      ['CPU us per row', 'events', 'translated', 'decode and JSON', 'ratio'],
      results.map(({ name, events, translateUs, bareUs, ratio }) => [
        name,
        events,
        translateUs,
        bareUs,
        ratio,
      ]),
    ),
  );
  const broken = results.filter(({ events }) => events === 0).map(({ name }) => `${name} made no event`);
  for (const line of broken) console.log(`BROKEN: ${line}`);
  const kindsById = Object.fromEntries(results.map(({ name, ...figures }) => [name, figures]));
  console.log(JSON.stringify({ benchmark: 'translate', rounds, rowsPerRound, kinds: kindsById, broken }));
  if (broken.length > 0) process.exitCode = 1;
  await Promise.resolve();
}

interface Work {
  /** From the stored bytes to what is sent. */
  readonly run: () => void;
  readonly decode: () => void;
  /** The data of the events. */
  readonly translate: () => unknown[];
}

function messageWork(content: proto.IMessage): Work {
  const attrs = {
    from: anna.lid,
    sender_pn: anna.phone,
    id: '3AEB0A1B2C3D4E5F6071',
    t: '1669994807',
    type: 'text',
  };
  const stanza = encodeStanza({ tag: 'message', attrs });
  const message = proto.Message.encode(content).finish();
  const plaintext = Buffer.concat([message, Uint8Array.of(1)]);
  return workOf(
    () => ({
      kind: 'message',
      seq: 1,
      receivedAt: 1_669_994_807_000,
      stanza: codec.decodeStanza(stanza),
      content: codec.decodePlaintexts([plaintext]),
    }),
    () => void proto.Message.decode(message),
    new Map(),
  );
}

/** The ack of a message that is stored. */
function receiptWork(): Work {
  const sent = {
    tag: 'message',
    attrs: { from: own.phone, recipient: anna.phone, id: '3EB0A', t: '1669994807' },
  };
  const before = translate(
    {
      kind: 'message',
      seq: 1,
      receivedAt: 1_669_994_807_000,
      stanza: sent,
      content: { conversation: 'hello' },
    },
    contextWith({ own }),
  );
  const stored = before.do === 'record' ? before.messages : [];
  const stanza = encodeStanza({ tag: 'receipt', attrs: { from: anna.phone, id: '3EB0A', t: '1669994808' } });
  return workOf(
    () => ({ kind: 'stanza', seq: 2, receivedAt: 1_669_994_808_000, stanza: codec.decodeStanza(stanza) }),
    () => void codec.decodeStanza(stanza),
    new Map(stored.map((message) => [`${message.fromMe}_${message.id}`, message])),
  );
}

function workOf(
  read: () => InboxRow,
  decode: () => void,
  messages: ReadonlyMap<string, StoredMessage>,
): Work {
  const events = () => {
    const row = read();
    needs(row, own);
    const translation = translate(row, contextWith({ own, messages }));
    return translation.do === 'record' ? translation.events : [];
  };
  return {
    decode,
    translate: () => events().map(({ data }) => data),
    run: () => {
      for (const { data } of events()) JSON.stringify(data);
    },
  };
}

function cpuUs(count: number, once: () => void): number {
  const before = process.cpuUsage();
  for (let done = 0; done < count; done++) once();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
