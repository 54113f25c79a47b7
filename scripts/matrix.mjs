// `npm run test:matrix`: the packed package in fresh applications of every supported Nest, ioredis and Node.
import process from 'node:process';
import { fail, findOrInstall, installPackages, REDIS, run } from './prepare-machine.mjs';

const redis =
  findOrInstall(REDIS) ??
  fail('The matrix needs redis-server: sudo apt-get install redis-server, or REDIS_SERVER_BIN.');

installPackages();
run('npm', ['run', '--silent', 'build:lib']);
run(process.execPath, ['test/matrix/main.mjs'], {
  env: { ...process.env, REDIS_SERVER_BIN: redis },
});
