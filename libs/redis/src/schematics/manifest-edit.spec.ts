import { describe, expect, it } from '@jest/globals';
import { addDependencies } from './manifest-edit.js';

describe('dependencies', () => {
  it('are added in order, in the style of the file', () => {
    const before = '{\r\n\t"name": "a",\r\n\t"dependencies": {\r\n\t\t"rxjs": "^7"\r\n\t}\r\n}\r\n';
    expect(addDependencies(before, { ioredis: '^6' })).toBe(
      '{\r\n\t"name": "a",\r\n\t"dependencies": {\r\n\t\t"ioredis": "^6",\r\n\t\t"rxjs": "^7"\r\n\t}\r\n}\r\n',
    );
  });

  it('begin a list', () => {
    expect(addDependencies('{}', { ioredis: '^6' })).toBe(
      '{\n  "dependencies": {\n    "ioredis": "^6"\n  }\n}',
    );
  });

  it.each(['dependencies', 'devDependencies'])('in %s stay as they are', (list) => {
    const text = `{ "${list}": { "ioredis": "5.4.0" } }`;
    expect(addDependencies(text, { ioredis: '^6' })).toBe(text);
  });
});
