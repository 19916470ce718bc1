import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter';
import { getSession, setSession, subscribe } from '../api/session';
import { ConnectionNotice } from '../components/ConnectionNotice';
import { ErrorBoundary } from '../components/ErrorBoundary';
import { PageLoader } from '../components/PageLoader';
import { Shell } from '../components/Shell';
import { paths, safeNext } from './paths';
import { owners } from './roles';
import { useSession, useUser } from './session';
import { cssVariables, theme } from './theme';
import { ViewFor } from './ViewFor';
import { views } from './views';

const LoginPage = lazy(() => import('../pages/login/LoginPage'));
const SetPasswordPage = lazy(() => import('../pages/login/SetPasswordPage'));
const NotFoundPage = lazy(() => import('../pages/NotFoundPage'));

const colorScheme = localStorageColorSchemeManager({ key: 'postern-color-scheme' });

export function App({ queryClient }: { queryClient: QueryClient }) {

  // What one login has seen must not be shown to the next.
  useEffect(() => subscribe(() => getSession() !== 'in' && queryClient.clear()), [queryClient]);

  return (
    <QueryClientProvider client={queryClient}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        colorSchemeManager={colorScheme}
        defaultColorScheme="auto"
      >
        <Notifications position="bottom-center" limit={3} autoClose={5000} />
        <ConnectionNotice />
        <ErrorBoundary>
          <Suspense fallback={<PageLoader />}>
            <Views />
          </Suspense>
        </ErrorBoundary>
      </MantineProvider>
    </QueryClientProvider>
  );
}

function Views() {
  const session = useSession();
  const [location] = useLocation();
  const search = useSearch();

  if (location === paths.setPassword) return <SetPasswordPage />;
  if (session === 'unknown') return <AskAgain />;
  const loggedIn = session === 'in';
  if (location === paths.login) {
    return loggedIn ? <Redirect to={safeNext(new URLSearchParams(search).get('next'))} replace /> : <LoginPage />;
  }
  if (!loggedIn) {
    const next = location + (search === '' ? '' : `?${search}`) + window.location.hash;
    const tail = next === '/' || next === paths.home ? '' : `?next=${encodeURIComponent(next)}`;
    return <Redirect to={paths.login + tail} replace />;
  }
  return (
    <Shell>
      <ErrorBoundary resetKey={location}>
        <Suspense fallback={<PageLoader />}>
          <Switch>
            {views.map(({ path, name = path, roles = owners, show }) => (
              <Route key={name} path={path}>
                {(params) => (
                  <ViewFor path={path} roles={roles}>
                    {show(params)}
                  </ViewFor>
                )}
              </Route>
            ))}
            <Route component={NotFoundPage} />
          </Switch>
        </Suspense>
      </ErrorBoundary>
    </Shell>
  );
}

/** The server did not say in time who it is (main.tsx); it is asked until it does. */
function AskAgain() {
  const user = useUser();
  useEffect(() => {
    if (user.data) setSession('in');
  }, [user.data]);
  return <PageLoader />;
}
