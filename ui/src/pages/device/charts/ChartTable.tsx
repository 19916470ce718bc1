import { charts as chartsTexts } from '../../../text/en/values';
import { exact } from '../../../text/time';
import classes from './ChartTable.module.css';
import { valueText, type Row } from './exportChart';
import type { Line } from './Plot';

const MOST = 200;

/** The same in words and digits, the newest first. */
export function ChartTable({ lines, rows }: { lines: Line[]; rows: Row[] }) {
  const shown = rows.slice(-MOST).reverse();
  return (
    <div>
      {rows.length > MOST && <p className={classes.note}>{chartsTexts.newestRows(MOST, rows.length)}</p>}
      <div className={classes.scroll} tabIndex={0} role="region" aria-label={chartsTexts.table}>
        <table className={classes.table} aria-label={chartsTexts.title}>
          <thead>
            <tr>
              <th scope="col">{chartsTexts.time}</th>
              {lines.map(({ key }) => (
                <th key={key} scope="col">
                  {key}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ ts, values }) => (
              <tr key={ts}>
                <th scope="row">
                  <time dateTime={new Date(ts).toISOString()} title={exact(ts)}>
                    {exact(ts).slice(0, 23)}
                  </time>
                </th>
                {lines.map((line, place) => (
                  <td key={line.key}>{valueText(line, values[place])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
