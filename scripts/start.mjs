// `npm start`: the sample shop, from a fresh clone.
import process from 'node:process';
import { fail, findOrInstall, installPackages, REDIS, root, run } from './prepare-machine.mjs';

// Looked at first: without a Redis, nothing below is worth the wait. The shop starts the very program found here.
const redis = process.env.REDIS_URL ? undefined : findOrInstall(REDIS);
if (redis) process.env.REDIS_SERVER_BIN = redis;
if (!process.env.REDIS_URL && !redis) {
  fail(
    [
      'The shop needs Redis, and there is no redis-server or valkey-server on PATH. Install one, or set REDIS_SERVER_BIN:',
      '  Debian, Ubuntu   sudo apt-get install redis-server',
      '  Fedora, RHEL     sudo dnf install valkey',
      '  macOS            brew install redis',
      '  Docker           docker run --rm -p 6379:6379 redis, then REDIS_URL=redis://127.0.0.1:6379 npm start',
    ].join('\n'),
  );
}
installPackages();
run('npm', ['run', '--silent', 'build']);
await import(`${root}/apps/sample/dist/main.js`);
