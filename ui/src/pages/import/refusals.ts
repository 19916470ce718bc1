import { imports } from '../../text/en/imports';
import { writeField } from './csv';

export interface Refusal {
  /** In the file as it was chosen; null: of no single line. */
  line: number | null;
  reason: string;
}

/** The server's sentences, "Line 7: why", with the numbers of the file's own lines. It tells the first 1000. */
export const readRefusals = (sentences: readonly string[], lineShift: number): Refusal[] =>
  sentences
    .filter((sentence) => !/^and \d+ more$/.test(sentence))
    .map((sentence) => {
      const found = /^line (\d+): (.*)$/is.exec(sentence);
      return found ? { line: Number(found[1]) + lineShift, reason: found[2] ?? '' } : { line: null, reason: sentence };
    });

export function writeRefusals(refusals: readonly Refusal[]): Blob {
  const rows = refusals.map(({ line, reason }) => `${line ?? ''},${writeField(reason)}\r\n`);
  return new Blob([`${imports.line},${imports.reason}\r\n`, ...rows], { type: 'text/csv' });
}
