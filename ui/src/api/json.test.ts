import { describe, expect, it } from 'vitest';
import { parseJson, writeJson } from './json';

const large = '9007199254740993';

describe('JSON', () => {
  it('is what it was after reading and writing', () => {
    for (const text of ['{"a":[1,-2.5,true,null,"x"]}', '0', '1e-7', '""', '[]']) expect(writeJson(parseJson(text))).toBe(text);
  });

  it.runIf('rawJSON' in JSON)('keeps the digits of large integers', () => {
    expect(parseJson(large)).toBe(BigInt(large));
    expect(writeJson(parseJson(`{"a":[-${large}]}`))).toBe(`{"a":[-${large}]}`);
  });

  it('leaves fractions numbers', () => {
    expect(parseJson('21.456789012')).toBe(21.456789012);
    expect(parseJson('1e300')).toBe(1e300);
  });

  it('refuses what is none', () => {
    expect(() => parseJson('{a:1}')).toThrow(SyntaxError);
  });
});
