#!/usr/bin/env node
import process from 'node:process';
import { asError } from '../common/errors.js';
import { ACL_HELP, aclCommand } from './acl-command.js';

const [command, ...args] = process.argv.slice(2);
if (command === 'acl') {
  try {
    // A file of options may have opened a client of its own, which would go on for ever.
    process.stdout.write(await aclCommand(args), () => process.exit());
  } catch (error) {
    const text = `${asError(error).message}\nSee nestjs-redis-kit acl --help.\n`;
    process.stderr.write(text, () => process.exit(1));
  }
} else {
  const isHelp = command === '--help' || command === '-h';
  (isHelp ? process.stdout : process.stderr).write(
    isHelp ? ACL_HELP : `Unknown command ${command ?? '(none)'}. There is one: acl.\n\n${ACL_HELP}`,
  );
  if (!isHelp) process.exitCode = 1;
}
