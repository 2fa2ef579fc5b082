import { Pool } from 'undici';

/** Posts bodies to one URL with undici, which the queue libraries' users would take. */
export function createPoster(url: string): { post(body: string): Promise<void>; close(): Promise<void> } {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 64 });
  const headers = { 'content-type': 'application/json' };
  return {
    async post(body) {
      const response = await pool.request({ path: pathname, method: 'POST', headers, body });
      await response.body.dump();
    },
    close: () => pool.close(),
  };
}
