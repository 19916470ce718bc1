import { Button, Checkbox, Popover, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { charts as chartsTexts } from '../../../text/en/values';
import { MAX_KEYS } from './chartState';
import classes from './KeyPicker.module.css';

interface Props {
  /** All that can be drawn, in order. */
  known: string[];
  chosen: string[];
  onChange: (keys: string[]) => void;
}

const MANY = 8;

export function KeyPicker({ known, chosen, onChange }: Props) {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = known.filter((key) => key.toLowerCase().includes(wanted));
  const isFull = chosen.length >= MAX_KEYS;
  const toggle = (key: string, isChosen: boolean) => onChange(isChosen ? [...chosen, key] : chosen.filter((one) => one !== key));

  return (
    <Popover position="bottom-start" shadow="md" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconPlus size={14} aria-hidden />}>
          {chartsTexts.chooseKeys}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={chartsTexts.chooseKeys}>
        {known.length > MANY && (
          <TextInput
            size="xs"
            mb="xs"
            aria-label={chartsTexts.filter}
            placeholder={chartsTexts.filter}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        )}
        <div className={classes.list} role="group" aria-label={chartsTexts.keys}>
          {shown.map((key) => {
            const isChosen = chosen.includes(key);
            return (
              <Checkbox
                key={key}
                size="sm"
                label={key}
                checked={isChosen}
                disabled={isFull && !isChosen}
                onChange={(event) => toggle(key, event.currentTarget.checked)}
              />
            );
          })}
          {shown.length === 0 && <p className={classes.note}>{chartsTexts.noMatch}</p>}
        </div>
        {isFull && <p className={classes.note}>{chartsTexts.most(MAX_KEYS)}</p>}
      </Popover.Dropdown>
    </Popover>
  );
}
