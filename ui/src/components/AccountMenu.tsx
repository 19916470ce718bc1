import { Menu, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconLogout, IconSelector } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { logout } from '../api/auth';
import { useUser } from '../app/session';
import { text } from '../text/en';
import classes from './AccountMenu.module.css';
import { showError } from './showError';

const ChangePasswordDialog = lazy(() => import('./ChangePasswordDialog'));

/** A login that cannot be ended goes on; who leaves has to know. */
const leave = () => void logout().catch(showError);

export function AccountMenu() {
  const user = useUser();
  const [dialogOpen, dialog] = useDisclosure(false);
  const email = user.data?.email ?? '';
  const role = text.roles[user.data?.authority ?? ''] ?? user.data?.authority ?? '';

  return (
    <>
      <Menu width={208} position="top-start">
        <Menu.Target>
          <UnstyledButton className={classes.button} aria-label={`${text.shell.account} ${email}`}>
            <span className={classes.avatar} aria-hidden>
              {email.slice(0, 1).toUpperCase()}
            </span>
            <span className={classes.who}>
              <span className={classes.email}>{email}</span>
              <span className={classes.role}>{role}</span>
            </span>
            <IconSelector size={16} stroke={1.6} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconKey size={16} stroke={1.7} />} onClick={dialog.open}>
            {text.shell.changePassword}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} stroke={1.7} />} onClick={leave}>
            {text.shell.logout}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialogOpen && (
        <Suspense fallback={null}>
          <ChangePasswordDialog onClose={dialog.close} username={email} />
        </Suspense>
      )}
    </>
  );
}
