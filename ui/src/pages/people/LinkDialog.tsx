import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { CopyButton } from '../../components/CopyButton';
import { Notice } from '../../components/Notice';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text as common } from '../../text/en';
import { text } from '../../text/en/people';
import classes from './people.module.css';

interface Props {
  email: string;
  link: string;
  validSeconds: number | null;
  onClose: () => void;
}

/** Shows the link by which a user sets a password. Nobody's mail server is needed: it is handed on by hand. */
export default function LinkDialog({ email, link, validSeconds, onClose }: Props) {
  useReturnFocus();
  return (
    <Modal opened onClose={onClose} title={text.link.title} closeButtonProps={{ 'aria-label': common.common.close }}>
      <Stack>
        <Text size="sm" component="p" m={0}>
          {text.link.lead(email)}
        </Text>
        <div className={classes.link}>
          <code>{link}</code>
          <CopyButton value={link} what={text.link.what} />
        </div>
        <Notice kind="info">
          {text.link.once} {validSeconds !== null && text.link.valid(Math.max(1, Math.round(validSeconds / 3600)))}
        </Notice>
        <Group justify="flex-end">
          <Button data-autofocus onClick={onClose}>
            {text.link.done}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
