import { Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import classes from './Section.module.css';

/** A part of a tab, under a heading. */
export function Section({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.root} aria-labelledby={id}>
      <Title order={3} id={id} className={classes.title}>
        {title}
        {hint !== undefined && <span>{hint}</span>}
      </Title>
      {children}
    </section>
  );
}

export function Tag({ kind, children }: { kind?: 'good' | 'bad' | 'warn'; children: ReactNode }) {
  return (
    <span className={classes.tag} data-kind={kind}>
      {children}
    </span>
  );
}
