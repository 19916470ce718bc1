/** The first rows of a CSV file (RFC 4180), read as the server reads them: for the preview, and to find the first line's end. */
export interface CsvRow {
  fields: string[];
  /** Where in the text the next row begins; -1: the text ends within this one, or with it. */
  end: number;
}

export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

const MARK = '\uFEFF';

/** At most `limit` rows; empty lines are skipped, blanks around a field without quotes are dropped. */
export function readRows(text: string, delimiter: Delimiter, limit: number): CsvRow[] {
  const rows: CsvRow[] = [];
  let at = text.startsWith(MARK) ? 1 : 0;
  while (at < text.length && rows.length < limit) {
    const row = readRow(text, at, delimiter);
    if (row.fields.length > 1 || row.fields[0] !== '') rows.push(row);
    if (row.end < 0) break;
    at = row.end;
  }
  return rows;
}

function readRow(text: string, begin: number, delimiter: Delimiter): CsvRow {
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  let wasQuoted = false;
  const push = () => {
    fields.push(wasQuoted ? field : field.trim());
    field = '';
    wasQuoted = false;
  };
  for (let i = begin; i < text.length; i++) {
    const c = text[i] as string;
    if (isQuoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') {
        field += c;
        i++;
      } else isQuoted = false;
    } else if (c === '"' && field.trim() === '') {
      field = '';
      isQuoted = wasQuoted = true;
    } else if (c === delimiter) push();
    else if (c === '\n' || c === '\r') {
      push();
      return { fields, end: c === '\r' && text[i + 1] === '\n' ? i + 2 : i + 1 };
    } else if (!wasQuoted) field += c;
  }
  push();
  return { fields, end: -1 };
}

/** The one that makes the most fields of the first line. */
export function guessDelimiter(text: string): Delimiter {
  let best: Delimiter = ',';
  let most = 1;
  for (const delimiter of DELIMITERS) {
    const count = readRows(text, delimiter, 1)[0]?.fields.length ?? 0;
    if (count > most) {
      most = count;
      best = delimiter;
    }
  }
  return best;
}

/** One field as our own files have it: quoted always, and no formula for a spreadsheet. */
export function writeField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
