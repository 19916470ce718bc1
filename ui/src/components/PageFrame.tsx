import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './PageFrame.module.css';

interface Props {
  title: ReactNode;
  /** Said beside the title. */
  note?: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** What every view has: title, buttons, content. */
export function PageFrame({ title, note, actions, children }: Props) {
  return (
    <section className={classes.root} aria-labelledby="page-title">
      <div className={classes.head}>
        <div className={classes.heading}>
          <Title order={1} id="page-title" className={classes.title}>
            {title}
          </Title>
          {note !== undefined && <span className={classes.note}>{note}</span>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  );
}
