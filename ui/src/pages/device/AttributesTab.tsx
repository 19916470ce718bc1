import { Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { attributes } from '../../api/attributes';
import type { AttributeScope } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { ValueTable } from '../../components/ValueTable';
import { text } from '../../text/en';
import classes from './AttributesTab.module.css';

const scopes: AttributeScope[] = ['CLIENT_SCOPE', 'SHARED_SCOPE', 'SERVER_SCOPE'];

export function AttributesTab({ deviceId }: { deviceId: string }) {
  return (
    <Stack gap="xl">
      {scopes.map((scope) => (
        <Scope key={scope} deviceId={deviceId} scope={scope} />
      ))}
    </Stack>
  );
}

function Scope({ deviceId, scope }: { deviceId: string; scope: AttributeScope }) {
  const query = useQuery({
    queryKey: keys.attributes(deviceId, scope),
    queryFn: ({ signal }) => attributes(deviceId, scope, signal),
    refetchInterval: 5_000,
  });
  const rows = [...(query.data ?? [])]
    .sort((a, b) => a.key.localeCompare(b.key))
    .map(({ key, value, lastUpdateTs }) => ({ key, value, ts: lastUpdateTs }));

  return (
    <section aria-labelledby={`scope-${scope}`}>
      <Title order={3} id={`scope-${scope}`} className={classes.title}>
        {text.attributes.scopes[scope]}
        <span>{text.attributes.hints[scope]}</span>
      </Title>
      {query.error !== null && <ErrorNote error={query.error} />}
      {query.isPending && <PageLoader />}
      {query.data && rows.length === 0 && <p className={classes.empty}>{text.attributes.empty[scope]}</p>}
      {rows.length > 0 && <ValueTable rows={rows} label={text.attributes.scopes[scope]} heads={text.attributes} />}
    </section>
  );
}
