export interface DemoOptions {
  /** End after one round trip. */
  readonly once: boolean;
}

export type ReadOptions =
  | { readonly run: DemoOptions }
  | { readonly help: string }
  | { readonly problem: string };

/** Reads the command line; a flag that does not exist is a problem, said in one line. */
export function readOptions(args: readonly string[]): ReadOptions {
  const unknown = args.find((arg) => !['--once', '--help', '-h'].includes(arg));
  if (unknown !== undefined) {
    return { problem: `The demo does not know "${unknown}": its options are --once and --help.` };
  }
  if (args.includes('--help') || args.includes('-h')) return { help };
  return { run: { once: args.includes('--once') } };
}

const help = `npm run demo [-- --once]

Shows eazeWA at work, on this machine alone: a simulated WhatsApp with two phones, the gateway, the
Express receiver of the documentation and a bot that answers. A phone is linked by QR code, a
message comes in, the bot's answer goes out. Then everything stays up to play with, until Ctrl-C.

  --once   end after the round trip: exit code 0 when it worked, 1 when not (at most 3 minutes)
  --help   show this
`;
