import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconDownload, IconFileImport, IconPencil, IconShare, IconTrash } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import type { EntityGroupInfo } from '../../api/types';
import { paths } from '../../app/paths';
import { text } from '../../text/en';

const GroupDialog = lazy(() => import('./GroupDialog'));
const ShareGroupDialog = lazy(() => import('./ShareGroupDialog'));
const DeleteGroupDialog = lazy(() => import('./DeleteGroupDialog'));

interface Props {
  group: EntityGroupInfo | undefined;
  /** May import devices, and change groups of any owner. */
  manages: boolean;
  /** Of the user that looks; a group of somebody else was shared with it. */
  ownsGroup: boolean;
  isExporting: boolean;
  onExport: () => void;
}

/** What can be done with the list and with its group. */
export default function GroupMenu({ group, manages, ownsGroup, isExporting, onExport }: Props) {
  const [dialog, setDialog] = useState<'rename' | 'share' | 'delete' | null>(null);
  const [, navigate] = useLocation();
  const close = () => setDialog(null);
  const changes = group !== undefined && !group.groupAll && (manages || ownsGroup);
  const icon = { size: 16, stroke: 1.7 };

  return (
    <>
      <Menu width={220} position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={text.list.more} loading={isExporting}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {manages && (
            <Menu.Item leftSection={<IconFileImport {...icon} />} onClick={() => navigate(paths.import)}>
              {text.list.import}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconDownload {...icon} />} disabled={group === undefined} onClick={onExport}>
            {text.list.export}
          </Menu.Item>
          {group !== undefined && (changes || manages) && (
            <>
              <Menu.Divider />
              {changes && (
                <Menu.Item leftSection={<IconPencil {...icon} />} onClick={() => setDialog('rename')}>
                  {text.groups.rename}
                </Menu.Item>
              )}
              {manages && (
                <Menu.Item leftSection={<IconShare {...icon} />} onClick={() => setDialog('share')}>
                  {text.groups.share}
                </Menu.Item>
              )}
              {changes && (
                <Menu.Item color="var(--mantine-color-error)" leftSection={<IconTrash {...icon} />} onClick={() => setDialog('delete')}>
                  {text.groups.delete}
                </Menu.Item>
              )}
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense fallback={null}>
        {group && dialog === 'rename' && <GroupDialog group={group} onClose={close} />}
        {group && dialog === 'share' && <ShareGroupDialog group={group} onClose={close} />}
        {group && dialog === 'delete' && <DeleteGroupDialog group={group} onClose={close} onDeleted={() => navigate(paths.group('all'))} />}
      </Suspense>
    </>
  );
}
