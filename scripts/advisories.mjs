// `npm run advisories`: known vulnerabilities of what an application gets with the package, as the registry knows them.
// Clean ends with 0, a finding with 1, and a registry that does not answer with 2: then nothing is known either way.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';

const LIMIT_MS = 120_000;
const args = ['audit', '--omit=dev', '--workspace=nestjs-redis-kit', '--json'];
const { stdout, stderr } = spawnSync('npm', [...args, ...process.argv.slice(2)], {
  cwd: join(import.meta.dirname, '..'),
  encoding: 'utf8',
  timeout: LIMIT_MS,
});
const report = parsed(stdout);
if (report?.metadata?.vulnerabilities) judge(report);
else {
  console.error(
    `NOT CHECKED: the registry gave no answer (${report?.message ?? stderr.trim().split('\n').at(-1)}).\n` +
      'Nothing is known of vulnerabilities. Run it where the network lets npm ask (a POST), or name another registry: npm run advisories -- --registry=<url>',
  );
  process.exitCode = 2;
}

function judge({ metadata, vulnerabilities }) {
  const { total } = metadata.vulnerabilities;
  for (const { name, severity, range } of Object.values(vulnerabilities))
    console.error(`${name} ${range}: ${severity}`);
  console.log(`${metadata.dependencies.prod} packages, ${total} with known vulnerabilities`);
  if (total > 0) process.exitCode = 1;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
