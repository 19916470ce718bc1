import { Button, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { faultAt, isNotFound, messageOf } from '../../api/errors';
import { deleteTenant, saveTenant, tenant as readTenant, type Tenant } from '../../api/people';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { CopyField } from '../../components/CopyField';
import { DetailFrame, DetailSection } from '../../components/DetailFrame';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { SaveBar } from '../../components/SaveBar';
import { useTitle } from '../../components/useTitle';
import { text as confirm } from '../../text/en/confirm';
import { text } from '../../text/en/people';
import { PeopleSection } from './PeopleSection';

const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));

export default function TenantPage({ tenantId }: { tenantId: string }) {
  const found = useQuery({ queryKey: keys.tenant(tenantId), queryFn: ({ signal }) => readTenant(tenantId, signal) });
  const tenant = found.data;
  useTitle(tenant?.title, text.tenants.title);

  if (isNotFound(found.error)) return <EmptyState title={text.tenants.notFound} />;
  return (
    <DetailFrame back={paths.tenants} backLabel={text.back} title={tenant?.title}>
      {tenant ? (
        <>
          <PeopleSection
            title={text.tenants.administrators}
            of={{ kind: 'tenant', id: tenantId }}
            add={{ title: text.users.addAdministrator, roles: ['TENANT_ADMIN'], tenantId }}
          />
          <DetailSection title={text.details}>
            <TenantForm tenant={tenant} />
          </DetailSection>
          <DeleteSection tenant={tenant} />
        </>
      ) : found.error ? (
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <PageLoader />
      )}
    </DetailFrame>
  );
}

function TenantForm({ tenant }: { tenant: Tenant }) {
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<{ title: string; base: Tenant } | null>(null);
  const title = draft?.title ?? tenant.title;
  const save = useMutation({
    mutationFn: ({ base }: { base: Tenant }) => saveTenant({ id: base.id, version: base.version, title: title.trim() }),
    onSuccess: (saved) => {
      queryClient.setQueryData(keys.tenant(saved.id.id), saved);
      setDraft(null);
      void queryClient.invalidateQueries({ queryKey: keys.tenants });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft !== null && title.trim() !== '' && !save.isPending) save.mutate(draft);
  };
  const atTitle = faultAt(save.error, ['title']) !== null;
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <TextInput
        label={text.fields.title}
        maxLength={255}
        value={title}
        error={title.trim() === '' ? text.missingTitle : atTitle ? messageOf(save.error) : null}
        onChange={(event) => {
          setDraft({ title: event.currentTarget.value, base: draft?.base ?? tenant });
          if (!save.isPending) save.reset();
        }}
      />
      <SaveBar
        changed={draft !== null}
        saving={save.isPending}
        saved={save.isSuccess}
        error={atTitle ? null : save.error}
        onDiscard={() => {
          setDraft(null);
          save.reset();
          void queryClient.invalidateQueries({ queryKey: keys.tenant(tenant.id.id) });
        }}
      />
    </form>
  );
}

function DeleteSection({ tenant }: { tenant: Tenant }) {
  const [, navigate] = useLocation();
  const queryClient = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const id = tenant.id.id;
  return (
    <DetailSection
      title={text.tenants.remove}
      lead={text.tenants.removeLead}
      actions={
        <Button variant="outline" color="var(--mantine-color-error)" size="xs" onClick={() => setDeleting(true)}>
          {text.tenants.remove}
        </Button>
      }
    >
      <CopyField label={text.fields.id} value={id} />
      <Suspense fallback={null}>
        {deleting && (
          <QuestionDialog
            title={confirm.title(text.tenants.one)}
            lead={confirm.lead(tenant.title)}
            effects={text.tenants.removeEffects}
            typed={{ value: tenant.title, label: text.tenants.typeTitle(tenant.title) }}
            submit={text.tenants.remove}
            run={() => deleteTenant(id)}
            onClose={() => setDeleting(false)}
            onDone={() => {
              navigate(paths.tenants);
              queryClient.removeQueries({ queryKey: keys.tenant(id) });
              void queryClient.invalidateQueries({ queryKey: keys.tenants });
              notifications.show({ message: text.deleted(tenant.title) });
            }}
          />
        )}
      </Suspense>
    </DetailSection>
  );
}
