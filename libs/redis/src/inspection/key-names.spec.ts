import { describe, expect, it } from '@jest/globals';
import { CacheKeySpace } from '../common/key-space.js';
import { besideKey } from '../session/session-commands.js';
import { handleOfName } from '../session/session-format.js';
import { SessionIndexKeys } from '../session/users/user-keys.js';
import { KeyNames } from './key-names.js';

const names = new KeyNames({ cache: 'cache:', session: 'sess:' });
const keys = new CacheKeySpace('cache:');
const index = new SessionIndexKeys('sess:');
const ID = 'secret-id-of-a-session';

describe('KeyNames', () => {
  it.each([
    [keys.entry('products', '42'), { kind: 'entry', cache: 'products' }],
    [keys.lease('products', '42'), { kind: 'cache' }],
    [keys.generation('tag:a'), { kind: 'cache' }],
    [`sess:${ID}`, { kind: 'session' }],
    [besideKey('ended', `sess:${ID}`), { kind: 'session-index' }],
    [besideKey('written', `sess:${ID}`), { kind: 'session-index' }],
    [index.handle('abc'), { kind: 'session-index' }],
    [index.due('1'), { kind: 'session-index' }],
    ['queue:jobs', { kind: 'other' }],
    ['ended:other', { kind: 'other' }],
  ])('knows whose %s is', (key, owner) => {
    expect(names.ownerOf(key)).toEqual(owner);
  });

  it('names a user without the id', () => {
    const owner = names.ownerOf(index.user('zaphod'));
    expect(owner).toMatchObject({ kind: 'user', user: expect.any(String) });
    expect(JSON.stringify(owner)).not.toContain('zaphod');
  });

  it('shows a session by the handle', () => {
    expect(names.shown(`sess:${ID}`)).toBe(`sess:<${handleOfName(ID)}>`);
  });

  it.each(['ended', 'written'] as const)(
    'shows what is `%s` beside a session by the handle',
    (kind) => {
      const shown = `${kind}:<${handleOfName(ID)}>`;
      expect(names.shown(besideKey(kind, `sess:${ID}`))).toBe(shown);
      // A tag in the prefix: the key has no braces of its own.
      const tagged = new KeyNames({ cache: 'cache:', session: '{app}sess:' });
      expect(tagged.shown(besideKey(kind, `{app}sess:${ID}`))).toBe(shown);
    },
  );

  it('shows other keys as they are', () => {
    expect(names.shown(keys.entry('products', '42'))).toBe('cache:entry:products:{42}');
    expect(new KeyNames({ cache: 'cache:', session: undefined }).shown('sess:1')).toBe('sess:1');
  });
});
