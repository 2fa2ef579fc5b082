/** The list cut into parts of at most `size`, in order: a statement takes only so many values. */
export function inParts<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let begin = 0; begin < all.length; begin += size) parts.push(all.slice(begin, begin + size));
  return parts;
}
