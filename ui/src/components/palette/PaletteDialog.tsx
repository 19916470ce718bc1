import { Modal, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { text as common } from '../../text/en';
import { text } from '../../text/en/palette';
import { useReturnFocus } from '../useReturnFocus';
import classes from './Palette.module.css';
import { usePaletteItems, type PaletteItem } from './usePaletteItems';

interface Props {
  onClose: () => void;
  onShortcuts: () => void;
}

/** Views, devices and actions by name. The field keeps the focus; the choice below is told by aria-activedescendant. */
export default function PaletteDialog({ onClose, onShortcuts }: Props) {
  useReturnFocus();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const { groups, searching } = usePaletteItems(typed, onShortcuts);
  const items = groups.flatMap((group) => group.items);
  const current = Math.min(chosen, items.length - 1);

  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  const run = (item: PaletteItem | undefined) => {
    if (item === undefined) return;
    onClose();
    item.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = items.length - 1;
    const moves: Record<string, number> = {
      ArrowDown: current >= last ? 0 : current + 1,
      ArrowUp: current <= 0 ? last : current - 1,
    };
    const next = moves[event.key];
    if (next !== undefined) setChosen(next);
    else if (event.key === 'Enter') run(items[current]);
    else return;
    event.preventDefault();
  };
  const optionId = (item: PaletteItem) => `palette-${item.id}`;
  const active = items[current];

  return (
    <Modal
      opened
      onClose={onClose}
      title={text.title}
      centered={false}
      size="lg"
      closeButtonProps={{ 'aria-label': common.common.close }}
    >
      <TextInput
        data-autofocus
        role="combobox"
        aria-label={text.field}
        aria-expanded
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant={active && optionId(active)}
        placeholder={text.placeholder}
        leftSection={<IconSearch size={17} stroke={1.7} aria-hidden />}
        autoComplete="off"
        spellCheck={false}
        maxLength={255}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="palette-list" role="listbox" aria-label={text.title} className={classes.list}>
        {groups.map((group) => (
          <div key={group.title} role="group" aria-label={group.title}>
            <div className={classes.heading} aria-hidden>
              {group.title}
            </div>
            {group.items.map((item) => (
              <div
                key={item.id}
                id={optionId(item)}
                role="option"
                aria-selected={item === active}
                className={classes.option}
                onMouseMove={() => setChosen(items.indexOf(item))}
                onClick={() => run(item)}
              >
                <span className={classes.name}>{item.name}</span>
                {item.note !== undefined && <span className={classes.note}>{item.note}</span>}
              </div>
            ))}
          </div>
        ))}
      </div>
      <p className={classes.foot} role="status">
        {searching ? text.searching : items.length === 0 ? text.nothing : `${text.found(items.length)}. ${text.hint}`}
      </p>
    </Modal>
  );
}
