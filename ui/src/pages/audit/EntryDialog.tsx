import { Modal, Stack, Title } from '@mantine/core';
import type { AuditLog } from '../../api/audit';
import { CopyButton } from '../../components/CopyButton';
import { Facts } from '../../components/Facts';
import { Notice } from '../../components/Notice';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text as common } from '../../text/en';
import { operations } from '../../text/en/operations';
import { exact } from '../../text/time';
import { actionName } from './auditColumns';
import classes from './EntryDialog.module.css';

const text = operations.audit;

/** All that was put down of one call. */
export default function EntryDialog({ entry, onClose }: { entry: AuditLog; onClose: () => void }) {
  useReturnFocus();
  const data = JSON.stringify(entry.actionData, null, 2);
  const hasData = entry.actionData !== null && data !== undefined && data !== '{}';
  return (
    <Modal opened onClose={onClose} size="lg" title={actionName(entry.actionType)} closeButtonProps={{ 'aria-label': common.common.close }}>
      <Stack>
        {entry.actionStatus === 'FAILURE' && (
          <Notice kind="bad" title={text.failureDetails}>
            {entry.actionFailureDetails}
          </Notice>
        )}
        <Facts
          facts={[
            [text.time, exact(entry.createdTime)],
            [text.user, entry.userName ?? text.nobody],
            [text.address, entry.address],
            [text.entity, entry.entityName],
            [text.entityId, entry.entityId && <code>{`${entry.entityId.entityType} ${entry.entityId.id}`}</code>],
            [text.status, entry.actionStatus === 'FAILURE' ? text.failure : text.success],
          ]}
        />
        {hasData && (
          <section aria-label={text.data}>
            <div className={classes.head}>
              <Title order={3} size="h6">
                {text.data}
              </Title>
              <CopyButton value={data} what={text.data.toLowerCase()} />
            </div>
            <pre className={classes.data} tabIndex={0}>
              {data}
            </pre>
          </section>
        )}
      </Stack>
    </Modal>
  );
}
