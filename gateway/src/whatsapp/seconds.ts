/** A 64-bit number as protobufs give it: a number, or an object, whose way over text is a hundred times as long. */
type Int64 = number | { toNumber(): number };

/** Seconds since 1970 of a protobuf; 0 when it does not say. */
export function secondsOf(timestamp: Int64 | null | undefined): number {
  return typeof timestamp === 'number' ? timestamp : (timestamp?.toNumber() ?? 0);
}
