import type { Redis } from 'ioredis';

export interface Traffic {
  /** Times that the client sent something while it waited for nothing. */
  readonly roundTrips: number;
  /** Most commands without an answer at one time. */
  readonly mostAtOnce: number;
  /** Names of all commands, in the order in which they were sent. */
  readonly commands: readonly string[];
}

/** What a client sends while the work runs. Commands that go out before any answer is there are one round trip. */
export async function trafficOf(client: Redis, work: () => Promise<unknown>): Promise<Traffic> {
  const send = client.sendCommand.bind(client);
  const commands: string[] = [];
  let roundTrips = 0;
  let waiting = 0;
  let mostAtOnce = 0;
  client.sendCommand = (command: { name: string }, ...rest: unknown[]) => {
    commands.push(command.name.toLowerCase());
    if (waiting === 0) roundTrips += 1;
    waiting += 1;
    mostAtOnce = Math.max(mostAtOnce, waiting);
    const reply = (send as (...args: unknown[]) => Promise<unknown>)(command, ...rest);
    const answered = (): void => {
      waiting -= 1;
    };
    reply.then(answered, answered);
    return reply;
  };
  try {
    await work();
  } finally {
    client.sendCommand = send;
  }
  return { roundTrips, mostAtOnce, commands };
}
