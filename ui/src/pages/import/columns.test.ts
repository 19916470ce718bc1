import { expect, it } from 'vitest';
import { checkColumns, guessColumns, headLine, looksLikeHeader } from './columns';

const kinds = (headings: string[] | null, ...rows: string[][]) => guessColumns(headings, rows).map(({ kind }) => kind);
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';

it('guesses by the names of the first line', () => {
  expect(kinds(['Device name', 'Profile', 'Access-Token', 'hue'])).toEqual(['NAME', 'TYPE', 'ACCESS_TOKEN', 'IGNORE']);
  expect(kinds(['name', 'device'])).toEqual(['NAME', 'IGNORE']);
  expect(guessColumns(['NAME', 'shared_attribute:a:b', 'TIMESERIES'], [])).toEqual([
    { kind: 'NAME', key: '' },
    { kind: 'SHARED_ATTRIBUTE', key: 'a:b' },
    { kind: 'IGNORE', key: '' },
  ]);
});

it('guesses by what stands in the rows', () => {
  expect(kinds(null, ['7', pem, 'pump'])).toEqual(['NAME', 'X509', 'IGNORE']);
  expect(kinds(null, [`MIIB${'A'.repeat(300)}=`, 'pump-1'])).toEqual(['X509', 'NAME']);
  expect(kinds(['name', 'leaf'], ['x', pem])).toEqual(['NAME', 'X509']);
  expect(looksLikeHeader(['pump-1', 'Hall 2'])).toBe(false);
  expect(looksLikeHeader(['x', 'Name'])).toBe(true);
});

it('says what is wrong with a choice of columns', () => {
  const nameOf = (index: number) => `column ${index}`;
  const name = { kind: 'NAME', key: '' } as const;
  expect(checkColumns([name], nameOf)).toBeNull();
  expect(checkColumns([{ kind: 'LABEL', key: '' }], nameOf)).toMatch('name');
  expect(checkColumns([name, name], nameOf)).toMatch('twice');
  expect(checkColumns([name, { kind: 'TIMESERIES', key: ' ' }], nameOf)).toMatch('column 1');
  expect(checkColumns([name, { kind: 'TIMESERIES', key: 'a' }, { kind: 'SERVER_ATTRIBUTE', key: 'a' }, { kind: 'IGNORE', key: '' }, { kind: 'IGNORE', key: '' }], nameOf)).toBeNull();
});

it('names the columns for the server', () => {
  expect(headLine([{ kind: 'NAME', key: 'left over' }, { kind: 'SERVER_ATTRIBUTE', key: ' a;"b" ' }], ';')).toBe('"NAME";"SERVER_ATTRIBUTE:a;""b"""\n');
});
