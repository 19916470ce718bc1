import { Fragment, useState, type ReactNode } from 'react';
import { TimeAgo } from './TimeAgo';
import { ValueText } from './ValueText';
import classes from './ValueTable.module.css';

export interface ValueRow {
  key: string;
  value: unknown;
  ts: number;
}

interface Props {
  rows: ValueRow[];
  label: string;
  heads: { key: string; value: string; updated: string };
  /** One more column, behind the value. */
  more?: { head: string; cell: (row: ValueRow) => ReactNode };
}

/** Where a long key may go to the next line: between its words, before anywhere else. */
const WORDS = /(?<=[a-z0-9])(?=[A-Z])|(?<=[_.:/])/;

/** Key, value and age; a row whose point is new lights up for a moment. */
export function ValueTable({ rows, label, heads, more }: Props) {
  const [atFirst] = useState(() => new Map(rows.map((row) => [row.key, row.ts])));
  return (
    <table className={classes.table} aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{heads.key}</th>
          <th scope="col">{heads.value}</th>
          {more && <th scope="col">{more.head}</th>}
          <th scope="col">{heads.updated}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row">
              <Breakable name={row.key} />
            </th>
            <td key={row.ts} className={classes.value} data-fresh={atFirst.get(row.key) !== row.ts || undefined}>
              <ValueText value={row.value} />
            </td>
            {more && <td className={classes.more}>{more.cell(row)}</td>}
            <td className={classes.updated}>
              <TimeAgo ts={row.ts} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Breakable({ name }: { name: string }) {
  return name.split(WORDS).map((word, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {word}
    </Fragment>
  ));
}
