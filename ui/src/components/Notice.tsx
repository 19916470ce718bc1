import { IconAlertTriangle, IconCircleCheck, IconInfoCircle, IconShieldX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './Notice.module.css';

const icons = { bad: IconShieldX, warn: IconAlertTriangle, good: IconCircleCheck, info: IconInfoCircle };

interface Props {
  kind: keyof typeof icons;
  title?: string;
  children?: ReactNode;
  /** Read out at once by screen readers. */
  urgent?: boolean;
}

/** A sentence in place, next to what it is about. */
export function Notice({ kind, title, children, urgent = false }: Props) {
  const Icon = icons[kind];
  return (
    <div className={classes.root} data-kind={kind} role={urgent ? 'alert' : undefined}>
      <Icon size={18} stroke={1.8} className={classes.icon} aria-hidden />
      <div className={classes.text}>
        {title !== undefined && <strong className={classes.title}>{title}</strong>}
        {children}
      </div>
    </div>
  );
}
