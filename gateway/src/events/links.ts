import type { LinkData } from '@eazewa/sdk/events';
import { topLevelDomains } from './top-level-domains.ts';

/**
 * The links in a text, without the punctuation that ends a sentence: what starts with `http://`, `https://` or `www.`, and
 * what ends like a domain, such as `wa.me/49170` or an address of mail, as in WhatsApp Web's `WALinkify`. A link is
 * suspicious when a part of its host mixes alphabets, so that it may pretend to be another.
 */
export function findLinks(text: string): LinkData[] {
  return [...text.matchAll(pattern)].flatMap(({ 0: found, groups: { mailbox, top } = {} }) => {
    if (top !== undefined && !topLevelDomains.has(top.toLowerCase())) return [];
    if (mailbox !== undefined) {
      const [address = ''] = found.split(/[:/?#]/);
      return [linkTo(`mailto:${address}`, address.slice(mailbox.length))];
    }
    const link = withoutEnd(found);
    const host = /^(?:https?:\/\/)?(?:[^/?#@]*@)?([^/?#:]+)/i.exec(link)?.[1] ?? '';
    if (!host.includes('.')) return [];
    return [linkTo(withScheme(link), host)];
  });
}

/**
 * `top` is there when only the end of its host can tell that it is a link. All is bounded, so that no text makes it slow. The
 * marks that make an emoji of a sign belong to no word.
 */
const pattern =
  /(?<![\p{L}\p{N}@\/.\-][\p{M}--[\uFE0F\u20E3]]{0,3}|[\p{L}\p{N}]_)(?:(?:https?:\/\/|www\.)[^\s<>"]{1,2000}|(?<mailbox>[\w.+\-]{1,64}@)?(?:[\p{L}\p{N}][[\p{L}\p{M}\p{N}\-]--[\uFE0F\u20E3]]{0,62}\.){1,10}(?<top>xn--[a-z0-9\-]{1,59}|[\p{L}\p{M}]{2,24})(?![\p{L}\p{M}\p{N}@\-]|\.[\p{L}\p{N}])(?::\d{1,5})?(?:[\/?#][^\s<>"]{0,2000})?)/giv;

function linkTo(link: string, host: string): LinkData {
  return { link, isSuspicious: host.split('.').some(mixesAlphabets) };
}

/** WhatsApp Web names these services by how their hosts begin. */
function withScheme(link: string): string {
  if (/^https?:\/\//i.test(link)) return link;
  return `${/^(?:ftp|irc)(?=\.)/i.exec(link)?.[0].toLowerCase() ?? 'http'}://${link}`;
}

/** A closing bracket or quotation mark belongs to the link only when it opens in the link. */
function withoutEnd(found: string): string {
  const strays = strayClosings(found);
  let end = found.length;
  while (end > 0 && (strays.has(end - 1) || endsNoLink.test(found[end - 1] ?? ''))) end--;
  return found.slice(0, end);
}

const endsNoLink = /[.,;:!?'*_~([{«‘“„]/;

/** Where something closes that does not open before. */
function strayClosings(text: string): Set<number> {
  const open = new Map<string, number>();
  const strays = new Set<number>();
  for (let at = 0; at < text.length; at++) {
    const mark = text[at] ?? '';
    const closing = closingOf.get(mark);
    if (closing !== undefined) open.set(closing, (open.get(closing) ?? 0) + 1);
    else if ((open.get(mark) ?? 0) > 0) open.set(mark, (open.get(mark) ?? 0) - 1);
    else if (closings.has(mark)) strays.add(at);
  }
  return strays;
}

const closingOf = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['«', '»'],
  ['‘', '’'],
  ['“', '”'],
]);
const closings = new Set(closingOf.values());

function mixesAlphabets(label: string): boolean {
  const hasLatin = /\p{Script=Latin}/u.test(label);
  return (
    hasLatin && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(label)
  );
}
