import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import type { KitOptions } from './kit-options.js';
import { addRedisModule } from './module-edit.js';

const PLAIN: KitOptions = { connection: 'embedded', ttl: '5m', hasSessions: false };
const HEAD = `import { Module } from '@nestjs/common';\n`;

function add(text: string, options: KitOptions = PLAIN): string {
  return addRedisModule(ts, { file: 'src/app.module.ts', text }, options);
}

/** The metadata alone, after an edit of a module with nothing around it. */
function metadataAfter(metadata: string): string {
  const after = add(`${HEAD}\n@Module(${metadata})\nexport class AppModule {}\n`);
  return /@Module\(([\s\S]*)\)\nexport/.exec(after)?.[1] ?? after;
}

/** As the formatter of the application would write it. */
function entry(indentation: string): string {
  return [
    'RedisModule.forRoot({',
    "  connection: process.env.REDIS_URL ?? 'embedded',",
    "  cache: { ttl: '5m' },",
    '})',
  ].join(`\n${indentation}`);
}

describe('the list of imports', () => {
  it.each([
    ['is empty', '{\n  imports: [],\n}', `{\n  imports: [\n    ${entry('    ')},\n  ],\n}`],
    [
      'holds a comment',
      '{\n  imports: [\n    // none\n  ],\n}',
      `{\n  imports: [\n    // none\n    ${entry('    ')},\n  ],\n}`,
    ],
    [
      'is on one line',
      '{\n  imports: [A, B],\n}',
      `{\n  imports: [\n    A,\n    B,\n    ${entry('    ')},\n  ],\n}`,
    ],
    [
      'is on one line with a last comma',
      '{\n  imports: [A, ],\n}',
      `{\n  imports: [\n    A,\n    ${entry('    ')},\n  ],\n}`,
    ],
    [
      'has a line each',
      '{\n  imports: [\n    A,\n    B,\n  ],\n}',
      `{\n  imports: [\n    A,\n    B,\n    ${entry('    ')},\n  ],\n}`,
    ],
    [
      'has no last comma',
      '{\n  imports: [\n    A,\n    B\n  ]\n}',
      `{\n  imports: [\n    A,\n    B,\n    ${entry('    ')}\n  ]\n}`,
    ],
    [
      'ends with a comment',
      '{\n  imports: [\n    A, // a, b\n    B // the last\n  ],\n}',
      `{\n  imports: [\n    A, // a, b\n    B, // the last\n    ${entry('    ')}\n  ],\n}`,
    ],
    [
      'closes on the last line',
      '{\n  imports: [\n    A,\n    B],\n}',
      `{\n  imports: [\n    A,\n    B,\n    ${entry('    ')},\n  ],\n}`,
    ],
    [
      'has calls over several lines',
      '{\n  imports: [A.forRoot({\n    a: 1,\n  })],\n}',
      `{\n  imports: [A.forRoot({\n    a: 1,\n  }), ${entry('  ')}],\n}`,
    ],
    [
      'spreads another',
      '{\n  imports: [...shared],\n}',
      `{\n  imports: [\n    ...shared,\n    ${entry('    ')},\n  ],\n}`,
    ],
    [
      'is missing',
      '{\n  controllers: [A],\n}',
      `{\n  imports: [\n    ${entry('    ')},\n  ],\n  controllers: [A],\n}`,
    ],
    [
      'is missing on one line',
      '{ controllers: [A] }',
      `{\n  imports: [\n    ${entry('    ')},\n  ],\n  controllers: [A],\n}`,
    ],
    [
      'is missing before a long one',
      '{ controllers: [\n  A,\n] }',
      `{\n  imports: [\n    ${entry('    ')},\n  ], controllers: [\n  A,\n] }`,
    ],
    ['is missing in nothing', '{}', `{\n  imports: [\n    ${entry('    ')},\n  ],\n}`],
  ])('that %s', (_, before, after) => {
    expect(metadataAfter(before)).toBe(after);
  });

  it.each(['{ imports }', '{ imports: shared }', '{ imports: [A].concat(shared) }'])(
    'is left alone in %s, with what to write by hand',
    (metadata) => {
      expect(() => metadataAfter(metadata)).toThrow(
        /src\/app\.module\.ts has imports that are no list[\s\S]*--module[\s\S]*imports: \[RedisModule\.forRoot\(\{/,
      );
    },
  );
});

describe('the import of the class', () => {
  const module = '\n@Module({})\nexport class AppModule {}\n';
  const firstLines = (text: string): string => add(text).split('\n@Module')[0] ?? '';

  it.each([
    [
      'after other packages',
      `${HEAD}import { A } from './a.js';\n`,
      `${HEAD}import { RedisModule } from 'nestjs-redis-kit';\nimport { A } from './a.js';\n`,
    ],
    [
      'after a comment on the line',
      `${HEAD.trimEnd()} // Nest\n`,
      `${HEAD.trimEnd()} // Nest\nimport { RedisModule } from 'nestjs-redis-kit';\n`,
    ],
    [
      'into braces',
      `${HEAD}import { CacheService } from 'nestjs-redis-kit';\n`,
      `${HEAD}import { CacheService, RedisModule } from 'nestjs-redis-kit';\n`,
    ],
    [
      'into braces over several lines',
      `${HEAD}import {\n  A,\n  B,\n} from 'nestjs-redis-kit';\n`,
      `${HEAD}import {\n  A,\n  B,\n  RedisModule,\n} from 'nestjs-redis-kit';\n`,
    ],
    [
      'beside types',
      `${HEAD}import type { Duration } from 'nestjs-redis-kit';\n`,
      `${HEAD}import type { Duration } from 'nestjs-redis-kit';\nimport { RedisModule } from 'nestjs-redis-kit';\n`,
    ],
    [
      'in the style of the file',
      'import { Module } from "@nestjs/common"\n',
      'import { Module } from "@nestjs/common"\nimport { RedisModule } from "nestjs-redis-kit"\n',
    ],
  ])('%s', (_, before, after) => {
    expect(firstLines(before + module)).toBe(after);
  });

  it('uses one that is there', () => {
    const before = `${HEAD}import { RedisModule } from 'nestjs-redis-kit';\n`;
    expect(firstLines(before + module)).toBe(before);
  });

  it('takes another name beside the RedisModule of another package', () => {
    const after = add(`${HEAD}import { RedisModule } from '@liaoliaots/nestjs-redis';\n${module}`);
    expect(after).toContain("import { RedisModule as RedisKitModule } from 'nestjs-redis-kit';");
    expect(after).toContain('    RedisKitModule.forRoot({');
  });
});

describe('a module that has it already', () => {
  it.each([
    [
      'forRoot',
      "import { RedisModule } from 'nestjs-redis-kit';",
      'RedisModule.forRoot({ connection })',
    ],
    [
      'forRootAsync',
      "import { RedisModule } from 'nestjs-redis-kit';",
      'RedisModule.forRootAsync({ useFactory })',
    ],
    [
      'another name',
      "import { RedisModule as Kit } from 'nestjs-redis-kit';",
      'Kit.forRoot({ connection })',
    ],
    [
      'a namespace',
      "import * as kit from 'nestjs-redis-kit';",
      'kit.RedisModule.forRoot({ connection })',
    ],
    [
      'a condition',
      "import { RedisModule } from 'nestjs-redis-kit';",
      '...(on ? [RedisModule.forRoot({ connection })] : [])',
    ],
  ])('by %s stays as it is', (_, line, item) => {
    const text = `${HEAD}${line}\n\n@Module({ imports: [${item}] })\nexport class AppModule {}\n`;
    expect(add(text)).toBe(text);
  });

  it.each(['{}', '{ imports: [] }', '{ imports: [A, B], controllers: [C] }'])(
    'is what the first run makes of %s',
    (metadata) => {
      const once = add(`${HEAD}@Module(${metadata})\nexport class AppModule {}\n`);
      expect(add(once)).toBe(once);
    },
  );
});

describe('what is written', () => {
  it('has sessions when they are wanted, with the indentation and quotes of the file', () => {
    const text =
      'import { Module } from "@nestjs/common";\n\n@Module({\n\timports: [],\n})\nexport class AppModule {}\n';
    const options = { connection: 'redis://cache:6379', ttl: 250, hasSessions: true };
    expect(add(text, options)).toContain(
      [
        '\timports: [',
        '\t\tRedisModule.forRoot({',
        '\t\t\tconnection: process.env.REDIS_URL ?? "redis://cache:6379",',
        '\t\t\tcache: { ttl: 250 },',
        '\t\t\tsession: {',
        '\t\t\t\tsecret: process.env.SESSION_SECRET,',
        '\t\t\t\tidleTimeout: "30m",',
        '\t\t\t\tabsoluteTimeout: "12h",',
        '\t\t\t},',
        '\t\t}),',
        '\t],',
      ].join('\n'),
    );
  });

  it('has the line ends of the file', () => {
    const text = `${HEAD}@Module({\n  imports: [A],\n})\nexport class AppModule {}\n`;
    const after = add(text.replaceAll('\n', '\r\n'));
    expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(after.replaceAll('\r\n', '\n')).toBe(add(text));
  });

  it('goes to AppModule among several, else to the first', () => {
    const several = (name: string): string =>
      `${HEAD}@Module({})\nclass Other {}\n\n@Module({})\nexport class ${name} {}\n`;
    expect(add(several('AppModule'))).toMatch(/@Module\(\{\}\)\nclass Other[\s\S]*forRoot/);
    expect(add(several('Root'))).toMatch(/forRoot[\s\S]*class Other/);
  });

  it.each([
    'export class AppModule {}',
    '@Module(metadata)\nexport class AppModule {}',
    '@Injectable()\nclass A {}',
  ])('is nothing in a file with %p', (text) => {
    expect(() => add(text)).toThrow(/no class with @Module\(\{ … \}\)/);
  });
});
