import { expect, it } from 'vitest';
import { bodyOf, guessReading, readHead, readTable, type Head } from './importFile';

const file = (text: string | Uint8Array<ArrayBuffer>) => new File([text], 'devices.csv');
const headOf = async (text: string) => (await readHead(file(text))) as Head;

async function sent(text: string, hasHeader?: boolean): Promise<{ body: string; linesBefore: number }> {
  const head = await headOf(text);
  const reading = guessReading(head);
  const table = readTable(head, reading.delimiter, hasHeader ?? reading.hasHeader);
  return { body: await bodyOf(file(text), table, reading).text(), linesBefore: table.linesBefore };
}

it('sends the rows as they are, below names that the server knows', async () => {
  expect(await sent('\uFEFFDevice name;größe\r\nä;1\r\n')).toEqual({ body: '"NAME";"IGNORE"\nä;1\r\n', linesBefore: 1 });
  expect(await sent('"name","two\nlines"\nx,y')).toEqual({ body: '"NAME","IGNORE"\nx,y', linesBefore: 2 });
  expect(await sent('\uFEFFpump-1,a\npump-2,b')).toEqual({ body: '"NAME","IGNORE"\npump-1,a\npump-2,b', linesBefore: 0 });
  expect(await sent('name,label')).toEqual({ body: '"NAME","LABEL"\n', linesBefore: 0 });
});

it('refuses what is no table of devices before anything is sent', async () => {
  expect(await readHead(file(''))).toBe('empty');
  expect(await readHead(file(new Uint8Array([0xff, 0xfe, 0x41, 0])))).toBe('notText');
  expect(await readHead(file('n\n"-----BEGIN EC PRIVATE KEY-----"'))).toBe('privateKey');
});

it('takes a long file whose head ends within a character or a row', async () => {
  const head = await headOf(`name,label\n${'ü'.repeat(300)},"${'ü'.repeat(400_000)}`);
  expect(head.isWhole).toBe(false);
  expect(readTable(head, ',', true)).toMatchObject({ headings: ['name', 'label'], rows: [] });
});
