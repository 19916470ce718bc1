import { IconFolder, IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { deviceGroups } from '../api/groups';
import { keys } from '../app/keys';
import { paths } from '../app/paths';
import { after, before, type Section } from '../app/sections';
import { useUser } from '../app/session';
import { text } from '../text/en';
import classes from './Navigation.module.css';

/** "Device groups" with "All" below it, then the groups made by users. A choice is told also when it is shown already. */
export function Navigation({ onChoose }: { onChoose: () => void }) {
  const [location] = useLocation();
  const groups = useQuery({ queryKey: keys.groups, queryFn: ({ signal }) => deviceGroups(signal), staleTime: 60_000 });
  const all = groups.data?.find((group) => group.groupAll);
  const others = groups.data?.filter((group) => group !== all) ?? [];

  const user = useUser();
  const isAt = (address: string): boolean => location === address || location.startsWith(`${address}/`);

  const item = (address: string, name: string, current: boolean, Icon: typeof IconStack2) => (
    <li key={address}>
      <Link
        href={address}
        className={classes.link}
        aria-current={current ? 'page' : undefined}
        onClick={onChoose}
      >
        <Icon size={17} stroke={1.7} aria-hidden />
        <span className={classes.name}>{name}</span>
      </Link>
    </li>
  );

  const sections = (list: readonly Section[]) => {
    const seen = list.filter(({ roles }) => user.data !== undefined && roles.includes(user.data.authority));
    if (seen.length === 0) return null;
    return <ul className={classes.list}>{seen.map(({ path, label, Icon }) => item(path, label, isAt(path), Icon))}</ul>;
  };

  return (
    <nav aria-label={text.shell.navigation} className={classes.root}>
      {sections(before)}
      <h2 className={classes.heading} id="nav-groups">
        {text.shell.deviceGroups}
      </h2>
      <ul className={classes.list} aria-labelledby="nav-groups">
        {item(paths.group('all'), text.shell.all, isAt(paths.group('all')) || (all !== undefined && isAt(paths.group(all.id.id))), IconStack2)}
        {others.map((group) => item(paths.group(group.id.id), group.name, isAt(paths.group(group.id.id)), IconFolder))}
      </ul>
      {sections(after)}
    </nav>
  );
}
