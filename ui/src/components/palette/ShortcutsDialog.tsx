import { Checkbox, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { text as common } from '../../text/en';
import { text } from '../../text/en/palette';
import { useReturnFocus } from '../useReturnFocus';
import classes from './Palette.module.css';
import { singleKeys } from './singleKeys';

export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  const [single, setSingle] = useState(singleKeys.areOn);
  return (
    <Modal opened onClose={onClose} title={text.shortcutsTitle} closeButtonProps={{ 'aria-label': common.common.close }}>
      <Stack>
        <dl className={classes.shortcuts}>
          {text.list.map(({ keys, what }) => (
            <div key={what}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key} className={classes.key}>
                    {key}
                  </kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <Text size="sm" c="dimmed">
          {text.mac}
        </Text>
        <Checkbox
          label={text.single}
          description={text.singleHint}
          checked={single}
          onChange={(event) => {
            setSingle(event.currentTarget.checked);
            singleKeys.set(event.currentTarget.checked);
          }}
        />
      </Stack>
    </Modal>
  );
}
