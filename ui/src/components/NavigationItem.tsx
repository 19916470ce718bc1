import type { IconStack2 } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import classes from './Navigation.module.css';

interface Props {
  href: string;
  name: string;
  Icon: typeof IconStack2;
  /** Besides its own address and those below it. */
  isCurrent?: boolean;
  onChoose: () => void;
}

export function NavigationItem({ href, name, Icon, isCurrent = false, onChoose }: Props) {
  const [location] = useLocation();
  const current = isCurrent || location === href || location.startsWith(`${href}/`);
  return (
    <li>
      <Link href={href} className={classes.link} aria-current={current ? 'page' : undefined} title={name} onClick={onChoose}>
        <Icon size={17} stroke={1.7} aria-hidden />
        <span className={classes.name}>{name}</span>
      </Link>
    </li>
  );
}
