import { expect, it } from 'vitest';
import { guessDelimiter, readRows, writeField } from './csv';

const fields = (text: string, limit = 10) => readRows(text, ',', limit).map((row) => row.fields);

it('reads quotes, line breaks within them, and blanks as the server does', () => {
  expect(fields('a,b\r\n"x, ""y""", z \n\n1,"two\nlines"')).toEqual([
    ['a', 'b'],
    ['x, "y"', 'z'],
    ['1', 'two\nlines'],
  ]);
  expect(fields('\uFEFFname,b\n')).toEqual([['name', 'b']]);
  expect(fields('a,\n,b')).toEqual([
    ['a', ''],
    ['', 'b'],
  ]);
  expect(fields('')).toEqual([]);
});

it('knows where the next row begins', () => {
  const text = 'a,"b\nc"\r\nnext';
  expect(readRows(text, ',', 1)[0]?.end).toBe(text.indexOf('next'));
  expect(readRows('only', ',', 1)[0]?.end).toBe(-1);
  expect(readRows('a,"never closed\nb', ',', 1)[0]?.end).toBe(-1);
});

it('guesses what stands between fields', () => {
  expect(guessDelimiter('a;b;c\n1,5;2;3')).toBe(';');
  expect(guessDelimiter('a\tb')).toBe('\t');
  expect(guessDelimiter('"a;b",c')).toBe(',');
  expect(guessDelimiter('name\nx')).toBe(',');
});

it('writes fields that are no formulas', () => {
  expect(writeField('=1+1')).toBe('"\'=1+1"');
  expect(writeField('say "x"')).toBe('"say ""x"""');
});
