import { ActionIcon, Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { paths } from '../app/paths';
import { text } from '../text/en';
import { Logo } from './Logo';
import { Navigation } from './Navigation';
import { PaletteButton, usePalette } from './palette/usePalette';
import classes from './Shell.module.css';

const ShellFoot = lazy(() => import('./ShellFoot'));

/** Frame of every view after login: skip link, navigation (a drawer on narrow screens), content. */
export function Shell({ children }: { children: ReactNode }) {
  const [menuOpen, menu] = useDisclosure(false);
  const [location] = useLocation();
  const palette = usePalette();
  const closeMenu = menu.close;
  useEffect(closeMenu, [location, closeMenu]);

  const side = (
    <>
      <Navigation onChoose={closeMenu} />
      <div className={classes.foot}>
        <Suspense fallback={null}>
          <ShellFoot />
        </Suspense>
      </div>
    </>
  );

  return (
    <div className={classes.root}>
      <a className={classes.skip} href="#content">
        {text.shell.skip}
      </a>
      <header className={classes.bar}>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={text.shell.openMenu} onClick={menu.open}>
          <IconMenu2 size={20} />
        </ActionIcon>
        <Link href={paths.home} className={classes.home}>
          <Logo />
        </Link>
        <ActionIcon variant="subtle" color="gray" size="lg" ml="auto" aria-label={text.shell.goTo} onClick={palette.show}>
          <IconSearch size={19} />
        </ActionIcon>
      </header>
      <aside className={classes.side}>
        <Link href={paths.home} className={classes.home}>
          <Logo />
        </Link>
        <PaletteButton onClick={palette.show} />
        {side}
      </aside>
      <Drawer
        opened={menuOpen}
        onClose={menu.close}
        size={272}
        title={<Logo />}
        closeButtonProps={{ 'aria-label': text.shell.closeMenu }}
        classNames={{ body: classes.drawerBody, content: classes.drawerContent }}
      >
        {side}
      </Drawer>
      {palette.dialogs}
      <main id="content" tabIndex={-1} className={classes.main}>
        {children}
      </main>
    </div>
  );
}
