import { Button, CloseButton } from '@mantine/core';
import { IconCpu, IconDownload, IconFolderMinus, IconFolderPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { Fleet } from '../../api/fleet';
import type { DeviceFilter, EntityGroupInfo } from '../../api/types';
import type { Selection } from '../../components/table/useSelection';
import { bulk } from '../../text/en/bulk';
import { FleetDialog, type FleetTask } from './FleetDialog';
import classes from './SelectionBar.module.css';
import { useExport } from './useExport';

interface Props {
  group: EntityGroupInfo;
  selection: Selection;
  total: number;
  filter: DeviceFilter;
}

/** How many are chosen, and what can be done with them. */
export default function SelectionBar({ group, selection, total, filter }: Props) {
  const [task, setTask] = useState<FleetTask | null>(null);
  const count = selection.isAll ? total : selection.ids.size;
  const fleet: Fleet = selection.isAll ? { filter } : { ids: [...selection.ids] };
  const download = useExport();
  const button = (name: string, label: string, Icon: typeof IconTrash, onClick: () => void, loading = false) => (
    <Button
      size="compact-sm"
      variant="default"
      className={classes.button}
      data-task={name}
      leftSection={<Icon size={15} stroke={1.7} />}
      loading={loading}
      onClick={onClick}
    >
      {label}
    </Button>
  );
  const asks = (kind: FleetTask, label: string, Icon: typeof IconTrash) => button(kind, label, Icon, () => setTask(kind));

  return (
    <div className={classes.root} role="region" aria-label={bulk.region}>
      <span className={classes.count}>
        <CloseButton size="sm" aria-label={bulk.clear} onClick={selection.clear} />
        <span role="status">{selection.isAll ? bulk.all(count) : bulk.chosen(count)}</span>
        {!selection.isAll && total > count && (
          <Button size="compact-sm" variant="subtle" onClick={selection.chooseAll}>
            {bulk.chooseAll(total)}
          </Button>
        )}
      </span>
      <span className={classes.tasks}>
        {asks('addToGroup', bulk.addToGroup, IconFolderPlus)}
        {!group.groupAll && asks('removeFromGroup', bulk.removeFromGroup, IconFolderMinus)}
        {asks('profile', bulk.profile, IconCpu)}
        {button('export', bulk.export, IconDownload, () => download.mutate(fleet), download.isPending)}
        {asks('delete', bulk.delete, IconTrash)}
      </span>
      {task !== null && (
        <FleetDialog
          task={task}
          group={group}
          fleet={fleet}
          count={count}
          onClose={() => setTask(null)}
          onDone={selection.clear}
        />
      )}
    </div>
  );
}
