import { useNetwork } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { isServerGone, ping, setServerGone, subscribe } from '../api/connection';
import { text } from '../text/en';
import classes from './ConnectionNotice.module.css';

const EVERY = 3000;

/** A bar at the top while the server does not answer; it asks by itself and goes away when there is an answer. */
export function ConnectionNotice() {
  const gone = useSyncExternalStore(subscribe, isServerGone);
  const { online } = useNetwork();
  const queryClient = useQueryClient();

  useEffect(() => {
    if (!gone) return;
    const timer = setInterval(() => {
      void ping().then((back) => {
        if (!back) return;
        setServerGone(false);
        void queryClient.invalidateQueries();
      });
    }, EVERY);
    return () => clearInterval(timer);
  }, [gone, queryClient]);

  return (
    <div role="status" className={classes.root}>
      {gone && (
        <div className={classes.bar}>
          <IconPlugConnectedX size={18} aria-hidden />
          <span>{online ? text.connection.gone : text.connection.offline}</span>
        </div>
      )}
    </div>
  );
}
