import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeMessage, encodeMessage, type BusMessage } from './invalidation-message.js';

const names = fc.array(fc.string());
const invalidation = fc.oneof(
  fc.record({ kind: fc.constant('entries' as const), cache: fc.string(), names }),
  fc.record({ kind: fc.constant('generations' as const), names }),
);

describe('messages between nodes', () => {
  it('arrive as they were sent', () => {
    const message = fc.record({ node: fc.string(), sequence: fc.maxSafeNat(), invalidation });
    fc.assert(
      fc.property(message, (sent: BusMessage) => {
        expect(decodeMessage(encodeMessage(sent))).toEqual(sent);
      }),
    );
  });

  it('that are anything else are told apart, and never throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeMessage(text)).toBeUndefined();
      }),
    );
  });

  it('with a part missing or of another type are told apart', () => {
    const whole = { v: 1, node: 'n', sequence: 1, kind: 'entries', cache: 'c', names: ['a'] };
    expect(decodeMessage(JSON.stringify(whole))).toBeDefined();
    const values = fc.oneof(fc.constant(undefined), fc.boolean(), fc.double(), fc.object());
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(whole)), values, (part, value) => {
        const sequenceStays = part === 'sequence' && Number.isSafeInteger(value);
        const versionStays = part === 'v' && value === 1;
        const changed = JSON.stringify({ ...whole, [part]: value });
        expect(decodeMessage(changed) !== undefined).toBe(sequenceStays || versionStays);
      }),
    );
  });
});
