import { lazy, Suspense } from 'react';
import { after, before, type Section } from '../app/sections';
import { useUser } from '../app/session';
import { text } from '../text/en';
import classes from './Navigation.module.css';
import { NavigationItem } from './NavigationItem';

const NavigationGroups = lazy(() => import('./NavigationGroups'));

/** Sections, and between them the device groups. A choice is told also when it is shown already. */
export function Navigation({ onChoose }: { onChoose: () => void }) {
  const user = useUser().data;
  const sections = (list: readonly Section[]) => {
    const seen = list.filter(({ roles }) => user !== undefined && roles.includes(user.authority));
    if (seen.length === 0) return null;
    return (
      <ul className={classes.list}>
        {seen.map(({ path, label, Icon }) => (
          <NavigationItem key={path} href={path} name={label} Icon={Icon} onChoose={onChoose} />
        ))}
      </ul>
    );
  };

  return (
    <nav aria-label={text.shell.navigation} className={classes.root}>
      {sections(before)}
      <Suspense fallback={null}>
        {user !== undefined && user.authority !== 'SYS_ADMIN' && <NavigationGroups user={user} onChoose={onChoose} />}
      </Suspense>
      {sections(after)}
    </nav>
  );
}
