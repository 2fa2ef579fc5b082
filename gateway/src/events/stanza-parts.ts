import type { Stanza } from './translation.ts';

/** The elements in a stanza, or those of one tag. None for bytes, text and nothing. */
export function childrenOf({ content }: Stanza, tag?: string): readonly Stanza[] {
  const all = Array.isArray(content) ? (content as readonly Stanza[]) : [];
  return tag === undefined ? all : all.filter((child) => child.tag === tag);
}

/** The first element of that tag. */
export function childOf(stanza: Stanza, tag: string): Stanza | undefined {
  return childrenOf(stanza, tag)[0];
}

/** The text that an element holds; `""` for one that holds elements or nothing. */
export function textOf(stanza: Stanza | undefined): string {
  const content = stanza?.content;
  if (typeof content === 'string') return content;
  return content instanceof Uint8Array ? new TextDecoder().decode(content) : '';
}
