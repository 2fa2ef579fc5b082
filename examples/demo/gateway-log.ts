/** A line of the gateway's log, as far as the demo needs it. */
export interface LogLine {
  readonly level: string;
  readonly text: string;
  /** Where the gateway listens; only in the line that says that it is up. */
  readonly url: string | null;
}

/** Reads a line of the gateway's output; what is no log line counts as an error that it reports. */
export function readLogLine(line: string): LogLine {
  const fields = readJson(line);
  if (fields === null) return { level: 'error', text: line, url: null };
  const { level, msg, url } = fields;
  return {
    level: typeof level === 'string' ? level : 'error',
    text: typeof msg === 'string' ? msg : line,
    url: typeof url === 'string' ? url : null,
  };
}

function readJson(line: string): Partial<Record<'level' | 'msg' | 'url', unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
