import { ActionIcon, Skeleton, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Link } from 'wouter';
import classes from './DetailFrame.module.css';

interface FrameProps {
  /** The list that this is one of. */
  back: string;
  backLabel: string;
  title: string | undefined;
  facts?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page about one thing: the way back, its name, and sections below. */
export function DetailFrame({ back, backLabel, title, facts, actions, children }: FrameProps) {
  // Opening it moves the reader to it, also without a mouse.
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <div className={classes.root}>
      <header className={classes.head}>
        <ActionIcon component={Link} href={back} variant="subtle" color="gray" size="lg" aria-label={backLabel} className={classes.back}>
          <IconArrowLeft size={19} />
        </ActionIcon>
        <div className={classes.names}>
          <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
            {title ?? <Skeleton height={24} width={200} />}
          </Title>
          {facts !== undefined && <div className={classes.facts}>{facts}</div>}
        </div>
        {actions}
      </header>
      <div className={classes.body}>{children}</div>
    </div>
  );
}

interface SectionProps {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function DetailSection({ title, lead, actions, children }: SectionProps) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div className={classes.sectionHead}>
        <div>
          <Title order={2} id={id} className={classes.sectionTitle}>
            {title}
          </Title>
          {lead !== undefined && <p className={classes.lead}>{lead}</p>}
        </div>
        {actions}
      </div>
      {children}
    </section>
  );
}
