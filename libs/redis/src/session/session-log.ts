import { FailureLog } from '../common/failure-log.js';
import type { EventChannel } from '../diagnostics/channels.js';
import {
  sessionCorrupt,
  sessionLarge,
  sessionLimit,
  sessionRefused,
  sessionTooLarge,
  sessionUnavailable,
} from './session.events.js';

/** A line for an event, without anything that names a session or a user, or that they stored. */
function logged<Event extends object>(
  channel: EventChannel<Event>,
  lineOf: (event: Event) => string,
): (write: (line: string) => void) => () => void {
  return (write) => channel.subscribe((event) => write(lineOf(event)));
}

const LINES = [
  logged(sessionUnavailable, ({ operation, error: { cause } }) => {
    const why = cause ? (cause as Error).message : 'others changed it at each try.';
    return `Could not ${operation} a session: ${why}`;
  }),
  logged(sessionCorrupt, ({ reason }) => {
    return `What is stored is no session (${reason}); the request goes on without one.`;
  }),
  logged(sessionTooLarge, ({ bytes, maxBytes }) => {
    return `A session of ${bytes} bytes was not saved: \`session.maxBytes\` is ${maxBytes}.`;
  }),
  logged(sessionLarge, ({ bytes, maxBytes }) => {
    return `A session of ${bytes} bytes draws near to \`session.maxBytes\`, ${maxBytes}.`;
  }),
  logged(sessionRefused, () => 'A save came after its session had ended, and was dropped.'),
  logged(sessionLimit, ({ max }) => {
    return `A login was refused: its user has ${max} sessions, as many as \`session.perUser.max\` allows.`;
  }),
];

/**
 * What goes wrong with sessions, as log lines: at most one of a kind in ten seconds, with the number of those left
 * out. The life of sessions is no news here; listen to SessionEvents for it.
 *
 * @returns a function that ends the log
 */
export function logSessions(
  log: (line: string) => void,
  failureLog = (): FailureLog => new FailureLog(log),
): () => void {
  const subscriptions = LINES.map((subscribe) => {
    const lines = failureLog();
    return subscribe((line) => lines.write(line));
  });
  return () => subscriptions.forEach((end) => end());
}
