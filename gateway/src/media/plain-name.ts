/** The name of a file without its folder and without control characters; null when nothing is left. */
export function plainName(name: string): string | null {
  const last =
    name
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? '';
  const plain = last.replaceAll(/\p{Cc}/gu, '').trim();
  return plain === '' || plain === '.' || plain === '..' ? null : plain;
}
