import { Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useRef, useState, type ReactNode } from 'react';
import classes from './RowMenu.module.css';

export interface RowAction {
  label: string;
  run: () => void;
  icon?: ReactNode;
  danger?: boolean;
}

/** What can be done with one thing, behind three dots. The menu is made when it is opened: a long list has many. */
export function RowMenu({ label, actions }: { label: string; actions: readonly RowAction[] }) {
  const [isOpen, setOpen] = useState(false);
  const dots = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    dots.current?.focus();
  };
  return (
    <span className={classes.root}>
      <button ref={dots} type="button" className={classes.dots} aria-label={label} aria-haspopup="menu" aria-expanded={isOpen} onClick={() => setOpen(true)}>
        <IconDots size={17} />
      </button>
      {isOpen && (
        <Menu opened onClose={close} width={230}>
          <Menu.Target>
            <span className={classes.anchor} />
          </Menu.Target>
          <Menu.Dropdown>
            {actions.map(({ label: name, run, icon, danger }) => (
              <Menu.Item key={name} onClick={run} leftSection={icon} {...(danger && { color: 'var(--mantine-color-error)' })}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </span>
  );
}
