import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';

/**
 * Listens where the settings say, and gives the port: with the setting 0 the system chooses it.
 *
 * @throws Error with one plain line that says what to change.
 */
export async function listen(
  http: FastifyInstance,
  { host, port }: Pick<Config, 'host' | 'port'>,
): Promise<number> {
  try {
    await http.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new Error(
        `Port ${port} is in use. Stop the program that has it, or choose another EAZEWA_PORT.`,
        { cause: error },
      );
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new Error(`This machine has no address ${host}. Choose another EAZEWA_HOST.`, { cause: error });
    }
    throw error;
  }
  return (http.server.address() as AddressInfo).port;
}
