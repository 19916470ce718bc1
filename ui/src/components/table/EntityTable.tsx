import { Skeleton, UnstyledButton } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { flexRender, getCoreRowModel, useReactTable, type Column, type ColumnDef, type Header, type Row } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type MouseEvent } from 'react';
import { useLocation } from 'wouter';
import { text } from '../../text/en';
import classes from './EntityTable.module.css';
import { firstOrder, type ChangeList, type ListKind, type ListState } from './useListState';
import { PAGE_SIZE, type PagedRows } from './usePagedRows';
import type { Selection } from './useSelection';

/* A column of TanStack Table; its id is the API's sortProperty. The first column holds the row's link. */
declare module '@tanstack/react-table' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData, TValue> {
    /** A track of a CSS grid; 1fr without. */
    width?: string;
    /** The table has to be this wide, in pixels, for the column to be shown. */
    from?: number;
    align?: 'end';
    /** Name of a column without a heading that is seen. */
    label?: string;
  }
}

const ROW_HEIGHT = 52;

interface Props<T> {
  /** Of the whole table, for screen readers. */
  label: string;
  columns: ColumnDef<T>[];
  rows: PagedRows<T>;
  kind: ListKind;
  state: ListState;
  change: ChangeList;
  idOf: (row: T) => string;
  nameOf: (row: T) => string;
  /** Where a click anywhere in the row leads, as its link does; without: nowhere. */
  addressOf?: ((row: T) => string) | undefined;
  openId?: string | undefined;
  selection?: Selection;
}

/** Rows of a list of any length: only those in sight are in the document, only their pages are fetched. */
export function EntityTable<T>(props: Props<T>) {
  const { columns, rows, selection, idOf, nameOf } = props;
  const frame = useRef<HTMLDivElement>(null);
  const size = useElementSize();
  const frameRef = useMergedRef(frame, size.ref);
  const visibility = useMemo(() => visibleColumns(columns, size.width), [columns, size.width]);

  const virtualizer = useVirtualizer({
    count: rows.total ?? 0,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  const { show } = rows;
  useEffect(() => show(first, last), [show, first, last]);
  useEffect(() => void frame.current?.scrollTo({ top: 0 }), [props.state]);

  // The row that the keyboard moves to may have to be fetched first.
  const goal = useRef<number | null>(null);
  const [, setMoves] = useState(0);
  useEffect(() => {
    const link = goal.current === null ? null : frame.current?.querySelector<HTMLElement>(`[data-index="${goal.current}"] a`);
    if (!link) return;
    goal.current = null;
    link.focus();
  });

  // Whole pages, so that scrolling within them makes no row anew.
  const { row: rowAt } = rows;
  const [begin, end] = [first - (first % PAGE_SIZE), last - (last % PAGE_SIZE) + PAGE_SIZE];
  const loaded = useMemo(() => {
    const found: T[] = [];
    for (let i = begin; i < end; i++) {
      const row = rowAt(i);
      if (row !== undefined) found.push(row);
    }
    return found;
  }, [rowAt, begin, end]);
  const table = useReactTable({
    data: loaded,
    columns,
    getCoreRowModel: getCoreRowModel(),
    getRowId: idOf,
    manualSorting: true,
    autoResetAll: false,
    state: { columnVisibility: visibility },
  });
  const model = table.getRowModel();
  const made = useMemo(() => new Map(model.rows.map((row) => [row.id, row])), [model]);
  const visible = table.getVisibleLeafColumns();
  const [, navigate] = useLocation();
  const tracks = visible.map((column) => column.columnDef.meta?.width ?? 'minmax(0, 1fr)');
  const style = { '--tracks': [...(selection ? ['44px'] : []), ...tracks].join(' ') } as CSSProperties;

  const onKeyDown = (event: KeyboardEvent) => {
    const at = Number((event.target as Element).closest('[data-index]')?.getAttribute('data-index') ?? NaN);
    const next = nextIndex(event.key, at, (rows.total ?? 0) - 1);
    if (next === null || (event.target as Element).closest('input, select, [role=menu]')) return;
    event.preventDefault();
    virtualizer.scrollToIndex(next);
    goal.current = next;
    setMoves((moves) => moves + 1);
  };

  return (
    <div
      ref={frameRef}
      role="table"
      aria-label={props.label}
      aria-rowcount={(rows.total ?? 0) + 1}
      aria-busy={rows.isStale}
      className={classes.frame}
      data-stale={rows.isStale || undefined}
      style={style}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={classes.head}>
        <div role="row" aria-rowindex={1} className={classes.row}>
          {selection && <ChooseLoaded rows={rows} selection={selection} idOf={idOf} />}
          {table.getLeafHeaders().map((header) => (
            <Head key={header.id} header={header as Header<unknown, unknown>} {...props} />
          ))}
        </div>
      </div>
      <div role="rowgroup" className={classes.body} style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rowAt(item.index);
          const shownRow = row === undefined ? undefined : made.get(idOf(row));
          if (row === undefined || shownRow === undefined) return <Waiting key={item.key} index={item.index} start={item.start} />;
          return (
            <Line
              key={item.key}
              row={shownRow as Row<unknown>}
              columns={visible as Column<unknown>[]}
              index={item.index}
              start={item.start}
              name={nameOf(row)}
              address={props.addressOf?.(row)}
              navigate={navigate}
              isOpen={shownRow.id === props.openId}
              isChosen={selection?.has(shownRow.id)}
              choose={selection?.toggle}
            />
          );
        })}
      </div>
    </div>
  );
}

function visibleColumns<T>(columns: ColumnDef<T>[], width: number): Record<string, boolean> {
  return Object.fromEntries(columns.map(({ id, meta }) => [id ?? '', width === 0 || width >= (meta?.from ?? 0)]));
}

function nextIndex(key: string, at: number, last: number): number | null {
  if (Number.isNaN(at)) return null;
  const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last, PageDown: at + 10, PageUp: at - 10 };
  const next = moves[key];
  return next === undefined ? null : Math.min(Math.max(next, 0), last);
}

function Head<T>({ header, kind, state, change }: Pick<Props<T>, 'kind' | 'state' | 'change'> & { header: Header<unknown, unknown> }) {
  const { id, columnDef } = header.column;
  const label = flexRender(columnDef.header, header.getContext());
  const align = columnDef.meta?.align;
  if (!(id in kind.sorts)) {
    return (
      <div role="columnheader" className={classes.cell} data-align={align} aria-label={columnDef.meta?.label}>
        {label}
      </div>
    );
  }
  const isCurrent = state.sortProperty === id;
  const isAscending = state.sortOrder === 'ASC';
  const Icon = isAscending ? IconArrowUp : IconArrowDown;
  const turn = () => change({ sortProperty: id, sortOrder: isCurrent ? (isAscending ? 'DESC' : 'ASC') : firstOrder(kind, id) });
  return (
    <div role="columnheader" className={classes.cell} data-align={align} aria-sort={isCurrent ? (isAscending ? 'ascending' : 'descending') : 'none'}>
      <UnstyledButton className={classes.sort} onClick={turn}>
        {label}
        <Icon size={14} aria-hidden className={classes.arrow} data-current={isCurrent || undefined} />
      </UnstyledButton>
    </div>
  );
}

/** Chooses what is in sight; "all that match" is offered where the choice is told of. */
function ChooseLoaded<T>({ rows, selection, idOf }: { rows: PagedRows<T>; selection: Selection; idOf: (row: T) => string }) {
  const loaded: string[] = [];
  for (let i = 0; i < Math.min(rows.total ?? 0, PAGE_SIZE); i++) {
    const row = rows.row(i);
    if (row !== undefined) loaded.push(idOf(row));
  }
  const chosen = loaded.length > 0 && loaded.every((id) => selection.has(id));
  const some = !chosen && (selection.isAll || selection.ids.size > 0);
  return (
    <div role="columnheader" className={classes.cell}>
      <input
        type="checkbox"
        className={classes.check}
        ref={(box) => box && (box.indeterminate = some)}
        aria-label={text.table.chooseShown}
        checked={chosen}
        onChange={() => (chosen ? selection.clear() : selection.toggle(loaded, true))}
      />
    </div>
  );
}

interface LineProps {
  row: Row<unknown>;
  columns: Column<unknown>[];
  index: number;
  /** Pixels from the first row's top. */
  start: number;
  name: string;
  address: string | undefined;
  navigate: (address: string) => void;
  isOpen: boolean;
  isChosen: boolean | undefined;
  choose: Selection['toggle'] | undefined;
}

const Line = memo(function Line({ row, index, start, name, address, navigate, isOpen, isChosen, choose }: LineProps) {
  // The whole row opens for the mouse; the keyboard has the link.
  const onClick = (event: MouseEvent) => {
    const isControl = (event.target as Element).closest('a, button, input, label, [role=menu]') !== null;
    if (address !== undefined && !isControl && !window.getSelection()?.toString()) navigate(address);
  };
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      data-open={isOpen || undefined}
      data-chosen={isChosen || undefined}
      data-link={address !== undefined || undefined}
      className={classes.row}
      style={placeOf(start)}
      onClick={onClick}
    >
      {choose && (
        <div role="cell" className={classes.cell}>
          <input
            type="checkbox"
            className={classes.check}
            aria-label={text.table.choose(name)}
            checked={isChosen}
            onChange={(event) => choose([row.id], event.currentTarget.checked)}
          />
        </div>
      )}
      {row.getVisibleCells().map((cell) => (
        <div key={cell.id} role="cell" className={classes.cell} data-align={cell.column.columnDef.meta?.align}>
          {flexRender(cell.column.columnDef.cell, cell.getContext())}
        </div>
      ))}
    </div>
  );
}, isSameLine);

/** The table makes its rows anew with each page that comes; what they show is the same as long as the thing is. */
function isSameLine({ row, ...before }: LineProps, { row: next, ...after }: LineProps): boolean {
  return row.original === next.original && Object.entries(before).every(([name, value]) => after[name as keyof typeof after] === value);
}

const placeOf = (start: number): CSSProperties => ({ transform: `translateY(${start}px)`, height: ROW_HEIGHT });

function Waiting({ index, start }: { index: number; start: number }) {
  return (
    <div role="row" aria-rowindex={index + 2} aria-busy className={classes.row} style={placeOf(start)}>
      <div role="cell" className={classes.cell} style={{ gridColumn: '1 / -1' }}>
        <Skeleton height={14} width={`${35 + ((index * 17) % 40)}%`} />
      </div>
    </div>
  );
}
