import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makeSocketFolder } from './socket-folder.js';

const LONG = `/tmp/${'long/'.repeat(20)}`;

describe('the folder of an embedded server', () => {
  const made: string[] = [];

  afterEach(async () => {
    for (const folder of made.splice(0)) await rm(folder, { recursive: true });
  });

  async function make(temporary?: readonly string[]): Promise<string> {
    const { folder, socket } = await makeSocketFolder(temporary);
    made.push(folder);
    expect(dirname(socket)).toBe(folder);
    return folder;
  }

  it('is in the temporary folder, and open to this user only', async () => {
    const folder = await make();
    expect(dirname(folder)).toBe(tmpdir());
    expect((await stat(folder)).mode & 0o077).toBe(0);
  });

  it('is in /tmp when the temporary folder is too long for a socket', async () => {
    expect(dirname(await make([LONG, '/tmp']))).toBe('/tmp');
  });

  it('is in /tmp when there is no temporary folder', async () => {
    expect(dirname(await make(['/nowhere', '/tmp']))).toBe('/tmp');
  });

  it('names the next step when no folder can be written', async () => {
    await expect(makeSocketFolder(['/nowhere'])).rejects.toMatchObject({
      code: 'EMBEDDED_REDIS_FAILED',
      message: /ENOENT.*\/nowhere.*Set TMPDIR/,
    });
  });

  it('names the path, the limit and the next step when every folder is too long', async () => {
    const limit = process.platform === 'linux' ? 108 : 104;
    const making = makeSocketFolder([LONG]);
    await expect(making).rejects.toMatchObject({ code: 'EMBEDDED_REDIS_FAILED' });
    await expect(making).rejects.toThrow(
      `may have ${limit} bytes; in ${LONG} it would have 140. Set TMPDIR to a shorter path.`,
    );
  });
});
