import { ActionIcon, Select } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { Device, Page } from '../../api/types';
import { text } from '../../text/en';
import classes from './Pager.module.css';
import { PAGE_SIZES, type ListQuery } from './useListQuery';

interface Props {
  page: Page<Device>;
  query: ListQuery;
  changeQuery: (change: Partial<ListQuery>) => void;
}

export function Pager({ page, query, changeQuery }: Props) {
  const from = query.page * query.pageSize + 1;
  const to = from + page.data.length - 1;
  return (
    <nav className={classes.root} aria-label={text.list.pages}>
      <div className={classes.size}>
        <span aria-hidden>{text.list.pageSize}</span>
        <Select
          size="xs"
          w={72}
          aria-label={text.list.pageSize}
          data={PAGE_SIZES.map(String)}
          value={String(query.pageSize)}
          allowDeselect={false}
          onChange={(value) => changeQuery({ pageSize: Number(value) })}
        />
      </div>
      <span className={classes.range}>{text.list.range(from, to, page.totalElements)}</span>
      <ActionIcon
        variant="default"
        aria-label={text.list.previous}
        disabled={query.page === 0}
        onClick={() => changeQuery({ page: query.page - 1 })}
      >
        <IconChevronLeft size={17} />
      </ActionIcon>
      <ActionIcon
        variant="default"
        aria-label={text.list.next}
        disabled={!page.hasNext}
        onClick={() => changeQuery({ page: query.page + 1 })}
      >
        <IconChevronRight size={17} />
      </ActionIcon>
    </nav>
  );
}
