import { Button } from '@mantine/core';
import type { ColumnDef } from '@tanstack/react-table';
import { Link } from 'wouter';
import type { Refusal } from '../../api/refusals';
import { paths } from '../../app/paths';
import type { ListKind } from '../../components/table/useListState';
import { TimeAgo } from '../../components/TimeAgo';
import { operations } from '../../text/en/operations';
import { hostOf, nameOf } from './refusalNames';
import classes from './doorColumns.module.css';

const text = operations.door;

export const doorList: ListKind = { sorts: {}, first: 'ts', filters: ['reason', 'time'] };

/** `tail`: query part of the address, kept when an entry is opened. Without `open` there is only the list. */
export const doorColumns = (open: boolean, tail: string): ColumnDef<Refusal>[] => {
  const addressOf = (entry: Refusal) => paths.refusal(entry.number) + tail;
  const columns: ColumnDef<Refusal>[] = [
    {
      id: 'reason',
      header: text.reason,
      meta: { width: 'minmax(0, 3fr)' },
      cell: ({ row: { original: entry } }) => (
        <>
          {open ? (
            <Link id={`refusal-${entry.number}`} href={addressOf(entry)} title={entry.reason}>
              {entry.reason}
            </Link>
          ) : (
            <span title={entry.reason}>{entry.reason}</span>
          )}
          <span className={classes.more}>
            <TimeAgo ts={entry.ts} />
            {(entry.times ?? 1) > 1 && <b> · {text.times(entry.times ?? 1)}</b>}
            <span className={classes.narrow}> · {nameOf(entry)}</span>
          </span>
        </>
      ),
    },
    {
      id: 'certificate',
      header: text.certificate,
      meta: { width: 'minmax(0, 2fr)', from: 620 },
      cell: ({ row: { original: entry } }) => (
        <>
          <span title={entry.subject}>{nameOf(entry)}</span>
          {entry.fingerprint !== undefined && <code className={classes.more}>{entry.fingerprint.slice(0, 16)}…</code>}
        </>
      ),
    },
    {
      id: 'address',
      header: text.address,
      meta: { width: '150px', from: 820 },
      cell: ({ row: { original: entry } }) => <span title={entry.address}>{hostOf(entry)}</span>,
    },
  ];
  if (open) {
    columns.push({
      id: 'actions',
      header: '',
      meta: { width: '116px', align: 'end', label: text.actions, from: 480 },
      cell: ({ row: { original: entry } }) =>
        entry.hasCertificate && (
          <Button size="compact-sm" variant="default" component={Link} href={addressOf(entry)} aria-label={text.registerOf(nameOf(entry))}>
            {text.register}
          </Button>
        ),
    });
  }
  return columns;
};
