import { ActionIcon, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { text } from '../text/en';
import { copyText } from './copyText';

interface Props {
  value: string;
  /** What is copied, for the button's name: "Copy device id". */
  what: string;
}

export function CopyButton({ value, what }: Props) {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);

  const copy = async () => {
    if (!(await copyText(value))) return;
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 1500);
  };

  const label = copied ? text.common.copied : text.common.copyOf(what);
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color={copied ? 'pine' : 'gray'} size="md" aria-label={label} onClick={() => void copy()}>
        {copied ? <IconCheck size={16} /> : <IconCopy size={16} stroke={1.7} />}
      </ActionIcon>
    </Tooltip>
  );
}
