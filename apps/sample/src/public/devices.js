// Hears what happens to the visitor's other devices: server-sent events. One tab of the browser listens for
// all, since a browser opens only six connections to a site; when that tab closes, the next one takes over.

const CHANNEL = 'linden-row-devices';
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** In a row, about two minutes; then only when somebody looks at the page again. */
const MOST_TRIES = 8;
/** A stream that lived this long was a good one: the count begins anew. */
const GOOD_AFTER_MS = 30_000;
const CONNECT_LIMIT_MS = 15_000;

/**
 * @param isLoggedIn asks the server; rejects when there is no answer
 * @param onNews is told `{ type: 'device' | 'ended', text, … }` in every tab
 */
export function listenToDevices({ isLoggedIn, onNews }) {
  const otherTabs = new BroadcastChannel(CHANNEL);
  let isOver = false;
  const take = (news) => {
    isOver ||= news.type === 'ended';
    onNews(news);
  };
  const tell = (news) => {
    take(news);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
    otherTabs.postMessage(news);
  };
  otherTabs.addEventListener('message', ({ data }) => take(data));
  // The tab that listened before this one has told the end already.
  const hear = () => (isOver ? undefined : hearUntilTheEnd({ isLoggedIn, tell }));
  // Browsers have locks only on HTTPS and on localhost; elsewhere each tab listens for itself.
  return navigator.locks ? navigator.locks.request(CHANNEL, hear) : hear();
}

async function hearUntilTheEnd({ isLoggedIn, tell }) {
  let tries = 0;
  for (;;) {
    const startedAt = performance.now();
    const isOver = await hearOnce({ isLoggedIn, tell });
    if (isOver) return;
    tries = performance.now() - startedAt > GOOD_AFTER_MS ? 1 : tries + 1;
    if (tries > MOST_TRIES) {
      await somebodyLooks();
      tries = 0;
    } else {
      await pause(tries);
    }
  }
}

/** @returns true when the session is over, false when it is worth another try */
async function hearOnce({ isLoggedIn, tell }) {
  try {
    if (await isLoggedIn()) return await readStream(tell);
  } catch {
    return false;
  }
  tell({ type: 'ended', reason: 'expired', text: 'You are logged out.' });
  return true;
}

function readStream(tell) {
  return new Promise((resolve) => {
    const source = new EventSource('/api/devices/events');
    let silence;
    const close = (isOver) => {
      clearTimeout(silence);
      source.close();
      resolve(isOver);
    };
    const expectWithin = (ms) => {
      clearTimeout(silence);
      silence = setTimeout(close, ms, false);
    };
    expectWithin(CONNECT_LIMIT_MS);
    source.addEventListener('alive', ({ data }) => expectWithin(3 * JSON.parse(data).everyMs));
    source.addEventListener('device', ({ data }) => tell({ type: 'device', ...JSON.parse(data) }));
    source.addEventListener('ended', ({ data }) => {
      tell({ type: 'ended', ...JSON.parse(data) });
      close(true);
    });
    // The browser itself would try again for ever, at one pace.
    source.addEventListener('error', () => close(false));
  });
}

/** Twice as long each time, and not in step with the other browsers that lost the same server. */
function pause(tries) {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}

function somebodyLooks() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.visibilityState !== 'visible') return;
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    addEventListener('online', look);
  });
}
