import { Button, Checkbox, NativeSelect, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { settings } from '../../api/settings';
import { keys } from '../../app/keys';
import { Notice } from '../../components/Notice';
import { imports } from '../../text/en/imports';
import { size } from '../../text/size';
import { checkColumns, hasKey, KINDS, type Column, type ColumnKind } from './columns';
import { DELIMITERS, type Delimiter } from './csv';
import { columnsOf, readTable, type Head, type Reading } from './importFile';
import classes from './ImportPage.module.css';

interface Props {
  file: File;
  head: Head;
  reading: Reading;
  update: boolean;
  onChange: (reading: Reading, update: boolean) => void;
  onSubmit: () => void;
}

/** How the file is to be read, with its first rows beside each column. */
export function ColumnsForm({ file, head, reading, update, onChange, onSubmit }: Props) {
  const { delimiter, hasHeader, columns } = reading;
  const table = readTable(head, delimiter, hasHeader);
  const nameOf = (index: number) => table.headings?.[index] || imports.column(index + 1);
  const limit = useQuery({
    queryKey: keys.settings,
    queryFn: ({ signal }) => settings(signal),
    staleTime: 5 * 60_000,
    select: (found) => Number(found.settings.find(({ name }) => name === 'http.max_import')?.value ?? Infinity),
  }).data;
  const fault = limit !== undefined && file.size > limit ? imports.tooLarge(size(file.size), size(limit)) : checkColumns(columns, nameOf);

  const readAs = (change: Partial<Pick<Reading, 'delimiter' | 'hasHeader'>>) => {
    const next = { delimiter, hasHeader, ...change };
    onChange({ ...next, columns: columnsOf(head, next.delimiter, next.hasHeader) }, update);
  };
  const setColumn = (index: number, column: Column) => onChange({ ...reading, columns: columns.map((one, at) => (at === index ? column : one)) }, update);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (fault === null) onSubmit();
  };

  return (
    <form onSubmit={submit} noValidate autoComplete="off" className={classes.form}>
      <fieldset className={classes.options}>
        <legend className={classes.legend}>{imports.options}</legend>
        <NativeSelect
          label={imports.delimiter}
          data={DELIMITERS.map((value) => ({ value, label: imports.delimiters[value] }))}
          value={delimiter}
          onChange={(event) => readAs({ delimiter: event.currentTarget.value as Delimiter })}
        />
        <Checkbox label={imports.header} checked={hasHeader} onChange={(event) => readAs({ hasHeader: event.currentTarget.checked })} />
        <Checkbox
          label={imports.update}
          description={imports.updateHint}
          checked={update}
          onChange={(event) => onChange(reading, event.currentTarget.checked)}
        />
      </fieldset>
      <Title order={2} size="h4">
        {imports.columns}
      </Title>
      <p className={classes.hint}>{imports.columnsHint}</p>
      <ul className={classes.columns}>
        {columns.map((column, index) => (
          <li key={index} data-ignored={column.kind === 'IGNORE' || undefined}>
            <div className={classes.column}>
              <strong>{nameOf(index)}</strong>
              {table.rows.map((row, at) => (
                <span key={at} className={classes.example}>
                  {short(row[index] ?? '')}
                </span>
              ))}
            </div>
            <div className={classes.meaning}>
              <NativeSelect
                aria-label={imports.meaning(nameOf(index))}
                data={KINDS.map((value) => ({ value, label: imports.kinds[value] }))}
                value={column.kind}
                onChange={(event) => setColumn(index, withKind(column, event.currentTarget.value as ColumnKind, table.headings?.[index] ?? ''))}
              />
              {hasKey(column.kind) && (
                <TextInput
                  aria-label={imports.keyOf(nameOf(index))}
                  placeholder={imports.key}
                  maxLength={255}
                  value={column.key}
                  onChange={(event) => setColumn(index, { ...column, key: event.currentTarget.value })}
                />
              )}
            </div>
          </li>
        ))}
      </ul>
      {fault !== null && <Notice kind="warn">{fault}</Notice>}
      <div className={classes.submit}>
        <Button type="submit" disabled={fault !== null}>
          {imports.submit}
        </Button>
      </div>
    </form>
  );
}

/** The column's own name is the key one begins with. */
const withKind = (column: Column, kind: ColumnKind, heading: string): Column => ({
  kind,
  key: hasKey(kind) && column.key === '' ? heading : column.key,
});

const SHOWN = 60;
const short = (cell: string): string => {
  const line = cell.replace(/\s+/g, ' ');
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
};
