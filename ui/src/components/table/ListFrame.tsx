import { Skeleton, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from '../../text/en';
import { ErrorNote } from '../ErrorNote';
import { PageFrame } from '../PageFrame';
import classes from './ListFrame.module.css';
import type { PagedRows } from './usePagedRows';

interface Props<T> {
  title: ReactNode;
  /** Said beside the title: "25 devices". */
  count: (total: number) => string;
  /** Buttons beside the title. */
  actions?: ReactNode;
  /** Search, filters, and what can be done with chosen rows. */
  tools?: ReactNode;
  rows: PagedRows<T>;
  /** What stands where the list is empty, and teaches the next step. */
  empty: ReactNode;
  /** The table. */
  children: ReactNode;
}

/** What all lists have around their table: title, count, tools; waiting, error, nothing. */
export function ListFrame<T>({ title, count, actions, tools, rows, empty, children }: Props<T>) {
  const { total, error } = rows;
  return (
    <PageFrame
      title={title === '' ? <Skeleton height={24} width={90} /> : title}
      note={<span role="status">{total !== undefined && count(total)}</span>}
      actions={actions}
    >
      <div className={classes.frame}>
        {tools !== undefined && <div className={classes.tools}>{tools}</div>}
        {error !== null && total === undefined ? (
          <div className={classes.note}>
            <ErrorNote error={error} onRetry={rows.refetch} />
          </div>
        ) : total === undefined ? (
          <Waiting />
        ) : total === 0 ? (
          empty
        ) : (
          children
        )}
      </div>
    </PageFrame>
  );
}

function Waiting() {
  return (
    <div className={classes.waiting} aria-busy>
      <VisuallyHidden>{text.shell.loading}</VisuallyHidden>
      {[0, 1, 2, 3, 4].map((row) => (
        <Skeleton key={row} height={18} width={`${78 - row * 9}%`} />
      ))}
    </div>
  );
}
