import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

let session: Session | undefined;

/** Samples this process from now on. */
export async function startProfile(): Promise<void> {
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
}

/** Ends the sampling and writes it as a `.cpuprofile`, for the developer tools of Chromium or for `0x`. */
export async function writeProfile(file: string): Promise<void> {
  if (!session) throw new Error('No profile has been started.');
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  session = undefined;
  await writeFile(file, JSON.stringify(profile));
}
