import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { pages } from './blocks.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Names of the members of an interface, as it stands in the source. */
function membersOf(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2023);
  const found = source.statements.find(
    (one): one is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(one) && one.name.text === name,
  );
  return found!.members.map((member) => (member.name as ts.Identifier).text);
}

describe('the pages of the docs', () => {
  it.each(pages())('%s has links that lead somewhere', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link!);
    const broken = links.filter((link) => !existsSync(join(ROOT, dirname(page), link)));
    expect(broken).toEqual([]);
  });

  it('are all in the index', () => {
    const index = read('docs/README.md');
    const files = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
    expect(files.filter((file) => file !== 'README.md' && !index.includes(`](${file})`))).toEqual(
      [],
    );
  });

  it.each([
    ['redis.options.ts', 'RedisModuleOptions'],
    ['cache/cache.options.ts', 'CacheOptions'],
    ['cache/read-through/load-policy.ts', 'LoadPolicyOptions'],
    ['session/session.options.ts', 'SessionOptions'],
    ['session/session.options.ts', 'SessionCookieOptions'],
    ['structures/structures.options.ts', 'StructuresOptions'],
  ])('name every option of %s, %s', (file, name) => {
    const page = read('docs/options.md');
    const members = membersOf(`libs/redis/src/${file}`, name);
    expect(members.length).toBeGreaterThan(2);
    const missing = members.filter((member) => !new RegExp(`[\`.]${member}[\`.(]`).test(page));
    expect(missing).toEqual([]);
  });
});
