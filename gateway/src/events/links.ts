import type { LinkData } from '@eazewa/sdk/events';

/**
 * The links in a text: what starts with `http://`, `https://` or `www.`, without the punctuation that ends a sentence.
 * A link is suspicious when a part of its host mixes alphabets, so that it may pretend to be another.
 */
export function findLinks(text: string): LinkData[] {
  const links: LinkData[] = [];
  for (const [found] of text.matchAll(/(?<![\p{L}\p{N}@/.-])(?:https?:\/\/|www\.)[^\s<>"]{1,2000}/giu)) {
    const link = withoutEnd(found);
    const host = /^(?:https?:\/\/)?([^/?#:]+)/i.exec(link)?.[1] ?? '';
    if (!host.includes('.')) continue;
    links.push({
      link: /^http/i.test(link) ? link : `http://${link}`,
      isSuspicious: host.split('.').some(mixesAlphabets),
    });
  }
  return links;
}

/** A closing bracket belongs to the link only when it opens in the link. */
function withoutEnd(found: string): string {
  let end = found.length;
  while (end > 0) {
    const last = found[end - 1] ?? '';
    const isClosing = last === ')' && !found.slice(0, end).includes('(');
    if (!isClosing && !/[.,;:!?'*_~\]}]/.test(last)) break;
    end--;
  }
  return found.slice(0, end);
}

function mixesAlphabets(label: string): boolean {
  const hasLatin = /\p{Script=Latin}/u.test(label);
  return (
    hasLatin && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(label)
  );
}
