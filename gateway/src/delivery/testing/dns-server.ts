import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { after } from 'node:test';

export type RecordType = 'A' | 'AAAA';

export interface DnsRecord {
  /** What was asked for, unless it says otherwise. */
  readonly name?: string;
  readonly type: RecordType | 'CNAME';
  /** An address, or a name. */
  readonly value: string;
  /** Seconds; 60 unless it says otherwise. */
  readonly ttl?: number;
}

/** Records (none: the name is there, and has no address), a failure, or nothing at all. */
export type DnsAnswer = readonly DnsRecord[] | 'nxdomain' | 'servfail' | 'refused' | 'silent';

export interface DnsServer {
  /** Asks this server and no other. */
  readonly resolver: Resolver;
  /** `A name`, in the order of the questions. */
  readonly asked: string[];
}

/** A name server on loopback (RFC 1035, over UDP) that answers what a test says; closed after the tests. */
export async function startDnsServer(
  answer: (name: string, type: RecordType) => DnsAnswer,
): Promise<DnsServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const question = readQuestion(message);
    if (question.type === null) return;
    asked.push(`${question.type} ${question.name}`);
    const given = answer(question.name, question.type);
    if (given !== 'silent') socket.send(reply(message, question, given), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  // On the clock of the machine: it must not end or repeat what a test holds up.
  const resolver = new Resolver({ timeout: 60_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  after(() => {
    resolver.cancel();
    socket.close();
  });
  return { resolver, asked };
}

interface Question {
  readonly name: string;
  readonly type: RecordType | null;
  /** Where it ends in the message. */
  readonly end: number;
}

const headerBytes = 12;
const numbers = { A: 1, AAAA: 28, CNAME: 5 } as const;

function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const number = message.readUInt16BE(at + 1);
  const type = number === numbers.A ? 'A' : number === numbers.AAAA ? 'AAAA' : null;
  return { name: labels.join('.'), type, end: at + 5 };
}

const responseCodes = { servfail: 2, nxdomain: 3, refused: 5 } as const;

function reply(message: Buffer, question: Question, given: Exclude<DnsAnswer, 'silent'>): Buffer {
  const records = typeof given === 'string' ? [] : given;
  const head = Buffer.alloc(headerBytes);
  head.writeUInt16BE(message.readUInt16BE(0), 0);
  // A response, recursion wanted and there.
  head.writeUInt16BE(0x8180 | (typeof given === 'string' ? responseCodes[given] : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([
    head,
    message.subarray(headerBytes, question.end),
    ...records.map((record) => recordBytes(record, question.name)),
  ]);
}

function recordBytes({ name, type, value, ttl = 60 }: DnsRecord, askedName: string): Buffer {
  const data = type === 'CNAME' ? nameBytes(value) : addressBytes(value);
  const fields = Buffer.alloc(10);
  fields.writeUInt16BE(numbers[type], 0);
  fields.writeUInt16BE(1, 2);
  fields.writeUInt32BE(ttl, 4);
  fields.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameBytes(name ?? askedName), fields, data]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}

/** IPv6 with its groups written out, or `::` and one group. */
function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const groups = address.startsWith('::') ? [0, 0, 0, 0, 0, 0, 0, address.slice(2)] : address.split(':');
  return Buffer.from(groups.map((group) => String(group).padStart(4, '0')).join(''), 'hex');
}
