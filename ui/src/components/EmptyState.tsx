import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './EmptyState.module.css';

interface Props {
  title: string;
  text?: ReactNode;
  icon?: ReactNode;
  children?: ReactNode;
}

/** What stands where there is nothing to show: what it means, and the next step. */
export function EmptyState({ title, text, icon, children }: Props) {
  return (
    <div className={classes.root}>
      {icon !== undefined && (
        <div className={classes.icon} aria-hidden>
          {icon}
        </div>
      )}
      <Title order={3} size="h4">
        {title}
      </Title>
      {text !== undefined && (
        <Text component="div" c="dimmed" size="sm">
          {text}
        </Text>
      )}
      {children !== undefined && <div className={classes.body}>{children}</div>}
    </div>
  );
}
