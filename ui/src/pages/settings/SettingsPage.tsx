import { lazy, Suspense, type ReactNode } from 'react';
import { Link, Redirect } from 'wouter';
import { paths } from '../../app/paths';
import { useUser } from '../../app/session';
import { PageFrame } from '../../components/PageFrame';
import { PageLoader } from '../../components/PageLoader';
import { useTitle } from '../../components/useTitle';
import { operations } from '../../text/en/operations';
import classes from './SettingsPage.module.css';

const ServerPart = lazy(() => import('./ServerPart'));
const LimitsPart = lazy(() => import('./LimitsPart'));
const ForwardingPart = lazy(() => import('./ForwardingPart'));
const LoginsPart = lazy(() => import('./LoginsPart'));
const text = operations.settings;

type Name = keyof typeof text.tabs;
interface Part {
  name: Name;
  roles: readonly string[];
  show: () => ReactNode;
}

const parts: readonly Part[] = [
  { name: 'server', roles: ['TENANT_ADMIN', 'SYS_ADMIN'], show: () => <ServerPart /> },
  { name: 'limits', roles: ['TENANT_ADMIN', 'SYS_ADMIN'], show: () => <LimitsPart /> },
  { name: 'forwarding', roles: ['TENANT_ADMIN'], show: () => <ForwardingPart /> },
  { name: 'logins', roles: ['TENANT_ADMIN', 'SYS_ADMIN', 'CUSTOMER_USER'], show: () => <LoginsPart /> },
];

/** Parts with an address each; who may not see one is not offered it. */
export default function SettingsPage({ part }: { part?: string | undefined }) {
  const role = useUser().data?.authority;
  const offered = parts.filter(({ roles }) => role !== undefined && roles.includes(role));
  const open = offered.find(({ name }) => name === part);
  useTitle(open && text.tabs[open.name], text.title);
  if (role === undefined) return <PageLoader />;
  if (open === undefined) return <Redirect to={paths.settingsPart(offered[0]?.name ?? 'logins')} replace />;
  return (
    <PageFrame title={text.title}>
      <nav aria-label={text.parts} className={classes.tabs}>
        {offered.map(({ name }) => (
          <Link key={name} href={paths.settingsPart(name)} className={classes.tab} aria-current={name === open.name ? 'page' : undefined}>
            {text.tabs[name]}
          </Link>
        ))}
      </nav>
      <Suspense fallback={<PageLoader />}>{open.show()}</Suspense>
    </PageFrame>
  );
}
