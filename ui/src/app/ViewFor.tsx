import { lazy, type ReactNode } from 'react';
import { Redirect } from 'wouter';
import { ErrorNote } from '../components/ErrorNote';
import { PageLoader } from '../components/PageLoader';
import { paths } from './paths';
import { homeOf, type Role } from './roles';
import { useUser } from './session';

const NotFoundPage = lazy(() => import('../pages/NotFoundPage'));

/** A view for some roles. Others are led from the usual first page to theirs, and find nothing at the rest. */
export function ViewFor({ path, roles, children }: { path: string; roles: readonly Role[]; children: ReactNode }) {
  const user = useUser();
  if (user.data === undefined) {
    return user.error === null ? <PageLoader /> : <ErrorNote error={user.error} onRetry={() => void user.refetch()} />;
  }
  const { authority } = user.data;
  if (path === '/') return <Redirect to={homeOf(authority)} replace />;
  if (roles.includes(authority)) return children;
  return path === paths.home || path.startsWith('/groups') ? <Redirect to={homeOf(authority)} replace /> : <NotFoundPage />;
}
