/** A chosen file: its beginning is read here, the rest only while it is sent. */
import { guessColumns, headLine, looksLikeHeader, type Column } from './columns';
import { guessDelimiter, readRows, type CsvRow, type Delimiter } from './csv';

/** Bytes that are read for the preview. */
const HEAD = 512 * 1024;
const PREVIEW = 3;

export interface Head {
  text: string;
  isWhole: boolean;
}

export type HeadFault = 'unreadable' | 'notText' | 'empty' | 'privateKey';

export async function readHead(file: File): Promise<Head | HeadFault> {
  let bytes: ArrayBuffer;
  try {
    bytes = await file.slice(0, HEAD).arrayBuffer();
  } catch {
    return 'unreadable';
  }
  const isWhole = file.size <= HEAD;
  let text: string;
  try {
    // The mark is kept so that places in the text are places in the file; a character cut in half is left out.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return 'notText';
  }
  if (text.includes('\0')) return 'notText';
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'privateKey';
  return text.trim() === '' ? 'empty' : { text, isWhole };
}

export interface Table {
  /** Names of the columns, if the first line has them. */
  headings: string[] | null;
  rows: string[][];
  /** Bytes of the file before its first row of devices, and line breaks in them. */
  skip: number;
  linesBefore: number;
}

export function readTable({ text, isWhole }: Head, delimiter: Delimiter, hasHeader: boolean): Table {
  const found = readRows(text, delimiter, PREVIEW + 2);
  const complete = isWhole ? found : found.filter(({ end }) => end >= 0);
  const rows = complete.map(({ fields }) => fields);
  if (!hasHeader) return { headings: null, rows: rows.slice(0, PREVIEW), skip: text.startsWith('\uFEFF') ? 3 : 0, linesBefore: 0 };
  const before = textBefore(text, complete[0]);
  return {
    headings: rows[0] ?? [],
    rows: rows.slice(1, PREVIEW + 1),
    skip: new TextEncoder().encode(before).length,
    linesBefore: before.match(/\r\n|\n|\r/g)?.length ?? 0,
  };
}

const textBefore = (text: string, first: CsvRow | undefined): string => (first === undefined || first.end < 0 ? text : text.slice(0, first.end));

export interface Reading {
  delimiter: Delimiter;
  hasHeader: boolean;
  columns: Column[];
}

export function guessReading(head: Head): Reading {
  const delimiter = guessDelimiter(head.text);
  const hasHeader = looksLikeHeader(readRows(head.text, delimiter, 1)[0]?.fields ?? []);
  return { delimiter, hasHeader, columns: columnsOf(head, delimiter, hasHeader) };
}

export function columnsOf(head: Head, delimiter: Delimiter, hasHeader: boolean): Column[] {
  const { headings, rows } = readTable(head, delimiter, hasHeader);
  return guessColumns(headings, rows);
}

/** What is sent: our first line, and the file's rows as they are on the disk. */
export function bodyOf(file: File, table: Table, { columns, delimiter }: Reading): Blob {
  return new Blob([headLine(columns, delimiter), file.slice(table.skip)], { type: 'text/csv' });
}
