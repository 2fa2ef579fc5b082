/**
 * Why the database of the URL cannot be used, and what to do, in one plain sentence without the password.
 */
export function postgresTrouble(url: string, error: unknown): string {
  const place = placeOf(url);
  if (place === undefined)
    return 'The PostgreSQL URL cannot be read. It looks like postgres://user:password@host:5432/database; special characters in the password are written as %40 and the like.';
  return `Cannot use the PostgreSQL database ${place}: ${reasonOf(error)}`;
}

function placeOf(url: string): string | undefined {
  try {
    const { username, host, pathname, password } = new URL(url);
    decodeURIComponent(password);
    return `${username === '' ? '' : `${username}@`}${host}${pathname}`;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return 'nothing answers there. Start PostgreSQL, or correct host and port.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host is not known. Correct its name, or the name server.';
    case 'CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'the host does not answer. Check the network and firewalls between here and there.';
    case '28P01':
    case '28000':
      return 'it refuses this user or password. Correct them in the URL.';
    case '3D000':
      return 'there is no database of that name. Make it with createdb, or correct the name.';
    case '53300':
      return 'it has no free connection. Raise max_connections there.';
    case 'CONNECTION_CLOSED':
    case 'CONNECTION_DESTROYED':
    case 'ECONNRESET':
    case 'EPIPE':
    case '57P01':
      return 'the connection broke.';
    case '57P03':
      return 'it is just starting or stopping. Try again in a moment.';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
