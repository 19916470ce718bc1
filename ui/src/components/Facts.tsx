import type { ReactNode } from 'react';
import classes from './Facts.module.css';

/** Names and values, one a line; what is empty is left out. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={classes.root}>
      {facts.map(([name, value]) =>
        value === undefined || value === null || value === false || value === '' ? null : (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
