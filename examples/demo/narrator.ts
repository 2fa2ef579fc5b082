import { styleText } from 'node:util';

/** Tells the person at the terminal what happens, in plain words. */
export interface Narrator {
  /** Whether colours are wanted: a terminal, and not NO_COLOR. */
  readonly isColoured: boolean;
  title(text: string): void;
  /** The next numbered step. */
  step(text: string): void;
  /** More about the step. */
  detail(text: string): void;
  /** A line that one of the programs or a phone shows. */
  quote(who: string, line: string): void;
  /** As it is, between two empty lines. */
  block(text: string): void;
  /** What went wrong, on standard error. */
  problem(text: string): void;
}

export function createNarrator(out: NodeJS.WriteStream): Narrator {
  const isColoured = out.isTTY && out.hasColors();
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  let steps = 0;
  return {
    isColoured,
    title: (text) => void out.write(`${style('bold', text)}\n`),
    step(text) {
      steps += 1;
      out.write(`\n${style(['bold', 'green'], `${steps}.`)} ${style('bold', text)}\n`);
    },
    detail: (text) => void out.write(`   ${text}\n`),
    quote: (who, line) =>
      void out.write(`   ${style('cyan', who.padEnd(11))} ${style('dim', '|')} ${line}\n`),
    block: (text) => void out.write(`\n${text.trimEnd()}\n\n`),
    problem: (text) => void process.stderr.write(`${text}\n`),
  };
}
