// `npm run phone`: a client of the sample shop as an app on a phone is one. It logs in for a token, lists the
// devices, and says what the shop tells it until it is logged out or you press Ctrl-C, which logs it out.
//
//   npm run phone -- http://localhost:3000 alice@example.com 'correct horse battery'
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

const [
  shop = 'http://localhost:3000',
  email = 'alice@example.com',
  password = 'correct horse battery',
] = process.argv.slice(2);

const headers = { 'User-Agent': 'LindenRow/1.0 (Android 14; phone)', Accept: 'application/json' };

async function ask(method, path, body) {
  const response = await fetch(`${shop}/api/${path}`, {
    method,
    headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (response.ok) return response.status === 204 ? undefined : response.json();
  const { message } = await response.json();
  throw new Error(`${method} /api/${path} answered ${response.status}: ${message}`);
}

/** Reads server-sent events; a stream that ends without `ended` is one to open again. */
async function* events() {
  const response = await fetch(`${shop}/api/devices/events`, { headers });
  if (!response.ok) throw new Error(`The stream was refused: ${response.status}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const [, type] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (type && data) yield { type, ...JSON.parse(data) };
    }
  }
}

async function logout() {
  await ask('POST', 'logout').catch(() => undefined);
  console.log('\nLogged out.');
  process.exit();
}

async function listen() {
  for await (const { type, text } of events()) {
    if (type !== 'alive') console.log(text);
    if (type === 'ended') return true;
  }
  return false;
}

try {
  const { token, user } = await ask('POST', 'token', { email, password });
  headers.Authorization = `Bearer ${token}`;
  process.once('SIGINT', () => void logout());
  const { devices } = await ask('GET', 'devices');
  console.log(`Logged in as ${user.name}. Devices:`);
  for (const { name, ip, isCurrent } of devices) {
    console.log(`  ${name} from ${ip}${isCurrent ? ' (this one)' : ''}`);
  }
  console.log('Log this one out at /devices in a browser, or press Ctrl-C.');
  // The shop ends a stream after ten minutes, and when it restarts.
  while (!(await listen())) await delay(1000);
} catch (error) {
  console.error(error.cause?.code === 'ECONNREFUSED' ? `No shop at ${shop}.` : error.message);
  process.exitCode = 1;
}
