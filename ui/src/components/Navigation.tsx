import { IconFolder, IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { deviceGroups } from '../api/groups';
import { keys } from '../app/keys';
import { paths } from '../app/paths';
import { text } from '../text/en';
import classes from './Navigation.module.css';

/** "Device groups" with "All" below it, then the groups made by users. A choice is told also when it is shown already. */
export function Navigation({ onChoose }: { onChoose: () => void }) {
  const [location] = useLocation();
  const groups = useQuery({ queryKey: keys.groups, queryFn: ({ signal }) => deviceGroups(signal), staleTime: 60_000 });
  const all = groups.data?.find((group) => group.groupAll ?? group.name === 'All');
  const others = groups.data?.filter((group) => group !== all) ?? [];

  const isAt = (groupId: string): boolean => {
    const address = paths.group(groupId);
    return location === address || location.startsWith(`${address}/`);
  };

  const item = (groupId: string, name: string, current: boolean, Icon: typeof IconStack2) => (
    <li key={groupId}>
      <Link
        href={paths.group(groupId)}
        className={classes.link}
        aria-current={current ? 'page' : undefined}
        onClick={onChoose}
      >
        <Icon size={17} stroke={1.7} aria-hidden />
        <span className={classes.name}>{name}</span>
      </Link>
    </li>
  );

  return (
    <nav aria-label={text.shell.navigation} className={classes.root}>
      <h2 className={classes.heading} id="nav-groups">
        {text.shell.deviceGroups}
      </h2>
      <ul className={classes.list} aria-labelledby="nav-groups">
        {item('all', text.shell.all, isAt('all') || (all !== undefined && isAt(all.id.id)), IconStack2)}
        {others.map((group) => item(group.id.id, group.name, isAt(group.id.id), IconFolder))}
      </ul>
    </nav>
  );
}
