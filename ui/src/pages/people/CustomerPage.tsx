import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconFolder, IconStack2 } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { isNotFound } from '../../api/errors';
import { customer as readCustomer, deleteCustomer, groupsOfCustomer, type Customer } from '../../api/people';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { CopyField } from '../../components/CopyField';
import { DetailFrame, DetailSection } from '../../components/DetailFrame';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { useTitle } from '../../components/useTitle';
import { text as confirm } from '../../text/en/confirm';
import { text } from '../../text/en/people';
import { CustomerForm } from './CustomerForm';
import classes from './people.module.css';
import { PeopleSection } from './PeopleSection';

const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));

export default function CustomerPage({ customerId }: { customerId: string }) {
  const found = useQuery({ queryKey: keys.customer(customerId), queryFn: ({ signal }) => readCustomer(customerId, signal) });
  const customer = found.data;
  useTitle(customer?.title, text.customers.title);

  if (isNotFound(found.error)) return <EmptyState title={text.customers.notFound} text={<BackLink />} />;
  return (
    <DetailFrame back={paths.customers} backLabel={text.back} title={customer?.title}>
      {customer ? (
        <Sections customer={customer} />
      ) : found.error ? (
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <PageLoader />
      )}
    </DetailFrame>
  );
}

const BackLink = () => <Link href={paths.customers}>{text.back}</Link>;

function Sections({ customer }: { customer: Customer }) {
  const [, navigate] = useLocation();
  const queryClient = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const id = customer.id.id;
  return (
    <>
      <PeopleSection
        title={text.customers.users}
        of={{ kind: 'customer', id }}
        add={{ title: text.users.add, roles: ['CUSTOMER_USER'], customerId: id }}
      />
      <Groups customerId={id} />
      <DetailSection title={text.details}>
        <CustomerForm customer={customer} />
      </DetailSection>
      <DetailSection
        title={text.customers.remove}
        lead={text.customers.removeLead}
        actions={
          <Button variant="outline" color="var(--mantine-color-error)" size="xs" onClick={() => setDeleting(true)}>
            {text.customers.remove}
          </Button>
        }
      >
        <CopyField label={text.fields.id} value={id} />
      </DetailSection>
      <Suspense fallback={null}>
        {deleting && (
          <QuestionDialog
            title={confirm.title(text.customers.one)}
            lead={confirm.lead(customer.title)}
            effects={text.customers.removeEffects}
            submit={text.customers.remove}
            run={() => deleteCustomer(id)}
            onClose={() => setDeleting(false)}
            onDone={() => {
              navigate(paths.customers);
              queryClient.removeQueries({ queryKey: keys.customer(id) });
              void queryClient.invalidateQueries({ queryKey: keys.customers });
              void queryClient.invalidateQueries({ queryKey: keys.lists });
              notifications.show({ message: text.deleted(customer.title) });
            }}
          />
        )}
      </Suspense>
    </>
  );
}

/** Its "All" leads to all of its devices. */
function Groups({ customerId }: { customerId: string }) {
  const found = useQuery({
    queryKey: [...keys.customer(customerId), 'groups'],
    queryFn: ({ signal }) => groupsOfCustomer(customerId, signal),
  });
  const all = found.data?.find((group) => group.groupAll) ?? found.data?.find((group) => group.name === 'All');
  const others = found.data?.filter((group) => group !== all) ?? [];
  return (
    <DetailSection title={text.customers.devices}>
      {found.error !== null && <ErrorNote error={found.error} onRetry={() => void found.refetch()} />}
      <ul className={classes.links}>
        {all && (
          <li>
            <Link href={paths.group(all.id.id)}>
              <IconStack2 size={17} stroke={1.7} aria-hidden />
              {text.customers.devicesOf}
            </Link>
          </li>
        )}
        {others.map((group) => (
          <li key={group.id.id}>
            <Link href={paths.group(group.id.id)}>
              <IconFolder size={17} stroke={1.7} aria-hidden />
              {group.name}
            </Link>
          </li>
        ))}
      </ul>
      {found.data !== undefined && others.length === 0 && <p className={classes.quiet}>{text.customers.noGroups}</p>}
    </DetailSection>
  );
}
