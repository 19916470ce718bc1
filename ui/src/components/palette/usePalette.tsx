import { IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { text } from '../../text/en';
import classes from './Palette.module.css';
import { singleKeys } from './singleKeys';

const PaletteDialog = lazy(() => import('./PaletteDialog'));
const ShortcutsDialog = lazy(() => import('./ShortcutsDialog'));

type Open = 'palette' | 'shortcuts' | null;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;

interface Palette {
  show: () => void;
  /** To be put into the page once. */
  dialogs: ReactNode;
}

/** The command palette and the list of shortcuts, with the keys that open them wherever one is. */
export function usePalette(): Palette {
  const [open, setOpen] = useState<Open>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isPalette = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k';
      const isHelp = event.key === '?' && !event.ctrlKey && !event.metaKey && !isTyping(event.target) && singleKeys.areOn();
      // Over another dialog it would hide what is being decided there.
      const isFree = document.querySelector('[aria-modal="true"]') === null;
      if (!isPalette && !(isHelp && isFree)) return;
      event.preventDefault();
      if (isFree) setOpen(isPalette ? 'palette' : 'shortcuts');
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  const dialogs = (
    <Suspense fallback={null}>
      {open === 'palette' && <PaletteDialog onClose={() => setOpen(null)} onShortcuts={() => setOpen('shortcuts')} />}
      {open === 'shortcuts' && <ShortcutsDialog onClose={() => setOpen(null)} />}
    </Suspense>
  );
  return { show: () => setOpen('palette'), dialogs };
}

export function PaletteButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" className={classes.open} onClick={onClick}>
      <IconSearch size={16} stroke={1.7} aria-hidden />
      <span className={classes.openText}>{text.shell.goTo}</span>
      <kbd className={classes.key} aria-hidden>
        Ctrl K
      </kbd>
    </button>
  );
}
