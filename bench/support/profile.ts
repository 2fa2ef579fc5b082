import { Session } from 'node:inspector/promises';
import { sep } from 'node:path';

/** Microseconds of the main thread by the part of the program that spent them, most first. */
export type Profile = Record<string, number>;

const session = new Session();

/** Begins to look at this thread a few thousand times per second. What is measured meanwhile is slower for it. */
export async function startProfile(): Promise<void> {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
}

/**
 * What it has seen, idle time left out. A sample counts for the innermost function that has a part of its own in
 * `partOf`, so Node's own functions count for who called them.
 */
export async function stopProfile(): Promise<Profile> {
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const parts = new Map<number, string>();
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])));
  for (const { id, callFrame } of profile.nodes) {
    const own = partOf(callFrame.url, callFrame.functionName);
    parts.set(id, own ?? parts.get(parents.get(id) ?? 0) ?? 'Node and others');
  }
  const sums = new Map<string, number>();
  profile.samples?.forEach((id, index) => {
    const part = parts.get(id) ?? '';
    sums.set(part, (sums.get(part) ?? 0) + (profile.timeDeltas?.[index] ?? 0));
  });
  sums.delete('idle');
  return Object.fromEntries([...sums].toSorted(([, one], [, other]) => other - one));
}

function partOf(url: string, name: string): string | null {
  if (name === '(idle)' || name === startProfile.name) return 'idle';
  if (name === '(program)') return 'Node and others';
  if (name === '(garbage collector)') return 'garbage collection';
  const path = url.split(sep).join('/');
  return parts.find(([pattern]) => pattern.test(`${path}:${name}`))?.[1] ?? null;
}

/** By file (and function); the first that fits. */
const parts: readonly (readonly [RegExp, string])[] = [
  [/libsignal\/src\/session_record|Signal\/Group\/sender-key-(record|state)/, 'sessions as JSON'],
  [/libsignal\/src\/curve|curve25519|rust-bridge/, 'curve'],
  [/libsignal\/src\/|Signal\/Group\/|mend-libsignal/, 'ratchet'],
  [/WAProto|protobufjs|WhisperTextProtocol/, 'protobuf'],
  [/WABinary|whatsapp\/codec/, 'stanzas as bytes'],
  [/noise-handler|:aes(En|De)cryptGCM$/, 'noise'],
  [/key-store/, 'key store'],
  [/gateway\/src\/vault/, 'vault'],
  [/gateway\/src\/database/, 'database, this side of the thread'],
  [/gateway\/src\/whatsapp/, 'frames and units'],
  [/gateway\/src\/(inbox|outbox|messages|chats)/, 'drain'],
  [/gateway\/src\/(events|jid)/, 'translation'],
  [/gateway\/src|bench\//, 'other of ours'],
  [/node_modules\/ws\//, 'websocket'],
  [/node_modules\/baileys/, 'Baileys'],
  [/node_modules/, 'other packages'],
];
