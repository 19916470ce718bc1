import { expect, it } from 'vitest';
import { readRefusals, writeRefusals } from './refusals';

it('tells lines as the file counts them', async () => {
  const found = readRefusals(['Line 2: it is "there"', 'line 40: nothing from here on was read', 'no memory', 'and 12 more'], 2);
  expect(found).toEqual([
    { line: 4, reason: 'it is "there"' },
    { line: 42, reason: 'nothing from here on was read' },
    { line: null, reason: 'no memory' },
  ]);
  expect(await writeRefusals(found.slice(0, 1)).text()).toBe('Line,Reason\r\n4,"it is ""there"""\r\n');
});
