import type { ColumnDef } from '@tanstack/react-table';
import { dateTime, exact } from '../../text/time';

/** When a row's thing was made. */
export const createdColumn = <T extends { createdTime: number }>(header: string): ColumnDef<T> => ({
  id: 'createdTime',
  header,
  meta: { width: '170px', from: 640 },
  cell: ({ row: { original } }) => (
    <time dateTime={new Date(original.createdTime).toISOString()} title={exact(original.createdTime)}>
      {dateTime(original.createdTime)}
    </time>
  ),
});
