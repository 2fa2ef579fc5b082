import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Ends a fault. */
export type Mend = () => Promise<void> | void;

/**
 * Makes every call of these kinds fail with this error (`EIO`), in all threads of a process that runs. Null where strace
 * is missing or may not look at it.
 */
export async function failCalls(pid: number, calls: string, error: string): Promise<Mend | null> {
  const args = [
    '-f',
    '-p',
    String(pid),
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:error=${error}`,
  ];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(strace, 'close').catch(() => undefined);
  const attached = new Promise<boolean>((resolve) => {
    let said = '';
    strace.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      // The threads that are there come in one go, and then it says so.
      if (/Process \d+ attached/.test(said)) resolve(true);
    });
    strace.once('error', () => resolve(false));
    void ended.then(() => resolve(false));
  });
  if (!(await attached)) return null;
  return async () => {
    strace.kill('SIGTERM');
    await ended;
  };
}

/** From now on no file of the process can be written beyond its first byte. Needs no rights. */
export function forbidWriting(pid: number): Mend {
  const limit = (soft: string) =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${soft}:unlimited`]);
  limit('1');
  return () => void limit('unlimited');
}

/** A disk of eight megabytes; null, and the test is skipped, where this user may not mount one. The end of the test ends it. */
export function smallDisk(t: TestContext): string | null {
  const path = mkdtempSync(join(tmpdir(), 'eazewa-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    rmSync(path, { recursive: true });
    t.skip('a small disk cannot be mounted here: that needs root and the right to mount');
    return null;
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', path]);
    rmSync(path, { recursive: true });
  });
  return path;
}

/** Writes until nothing fits any more. */
export function fill(disk: string): Mend {
  const path = join(disk, 'ballast');
  for (let bytes = 1024 * 1024; bytes >= 1; bytes /= 2) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
  return () => rmSync(path);
}
