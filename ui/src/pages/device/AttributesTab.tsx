import { Button, Stack, TextInput, Title } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { LivePoint } from '../../api/live';
import type { AttributeScope } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { LiveMark } from '../../components/LiveMark';
import { PageLoader } from '../../components/PageLoader';
import { text } from '../../text/en';
import { attributes as attributesTexts } from '../../text/en/values';
import { AttributeEditor } from './AttributeEditor';
import classes from './AttributesTab.module.css';
import { AttributeTable } from './AttributeTable';
import { useDeleteAttribute } from './useDeleteAttribute';
import { useDeviceAttributes } from './useDeviceValues';

const DeleteAttributeDialog = lazy(() => import('./DeleteAttributeDialog'));

const scopes: AttributeScope[] = ['CLIENT_SCOPE', 'SHARED_SCOPE', 'SERVER_SCOPE'];

export function AttributesTab({ deviceId }: { deviceId: string }) {
  const [filter, setFilter] = useState('');
  const { isLive } = useDeviceAttributes(deviceId, 'SERVER_SCOPE');
  return (
    <Stack gap="xl">
      <div className={classes.tools}>
        <LiveMark isLive={isLive} />
        <TextInput
          size="xs"
          aria-label={attributesTexts.filter}
          placeholder={attributesTexts.filter}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      {scopes.map((scope) => (
        <Scope key={scope} deviceId={deviceId} scope={scope} filter={filter.trim().toLowerCase()} />
      ))}
    </Stack>
  );
}

function Scope({ deviceId, scope, filter }: { deviceId: string; scope: AttributeScope; filter: string }) {
  const queryClient = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);
  const [asked, setAsked] = useState<LivePoint | null>(null);
  const { rows, error, retry } = useDeviceAttributes(deviceId, scope);
  const refresh = () => void queryClient.invalidateQueries({ queryKey: keys.attributes(deviceId, scope) });
  const remove = useDeleteAttribute(deviceId, scope, refresh);
  const isClient = scope === 'CLIENT_SCOPE';
  const shown = (rows ?? []).filter(({ key }) => key.toLowerCase().includes(filter));
  const name = text.attributes.scopes[scope];
  const askOrDelete = (point: LivePoint) => {
    if (isClient) setAsked(point);
    else remove.mutate(point);
  };

  return (
    <section aria-labelledby={`scope-${scope}`}>
      <div className={classes.head}>
        <Title order={3} id={`scope-${scope}`} className={classes.title}>
          {name}
          <span>{text.attributes.hints[scope]}</span>
        </Title>
        {!isClient && !isAdding && (
          <Button
            size="xs"
            variant="default"
            aria-label={attributesTexts.addTo(name)}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setAdding(true)}
          >
            {attributesTexts.add}
          </Button>
        )}
      </div>
      {isAdding && !isClient && (
        <AttributeEditor
          deviceId={deviceId}
          scope={scope}
          known={(rows ?? []).map(({ key }) => key)}
          onSaved={refresh}
          onDone={() => setAdding(false)}
        />
      )}
      {error !== null && <ErrorNote error={error} onRetry={retry} />}
      {!rows && error === null && <PageLoader />}
      {rows?.length === 0 && <p className={classes.empty}>{text.attributes.empty[scope]}</p>}
      {rows && rows.length > 0 && shown.length === 0 && <p className={classes.empty}>{attributesTexts.noMatch}</p>}
      {shown.length > 0 && (
        <AttributeTable
          deviceId={deviceId}
          scope={scope}
          rows={shown}
          editing={editing}
          onEdit={setEditing}
          onDelete={askOrDelete}
          onSaved={refresh}
        />
      )}
      <Suspense fallback={null}>
        {asked && (
          <DeleteAttributeDialog
            name={asked.key}
            error={remove.error}
            isPending={remove.isPending}
            onClose={() => setAsked(null)}
            onDelete={() => remove.mutate(asked, { onSuccess: () => setAsked(null) })}
          />
        )}
      </Suspense>
    </section>
  );
}
