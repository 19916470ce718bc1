import { useCallback, useEffect, useMemo, useState } from 'react';

/** Rows that were chosen: some by their ids, or all that the list holds, loaded or not. */
export interface Selection {
  isAll: boolean;
  ids: ReadonlySet<string>;
  has: (id: string) => boolean;
  /** Choosing one after all ends "all". */
  toggle: (ids: readonly string[], chosen: boolean) => void;
  chooseAll: () => void;
  clear: () => void;
}

const NONE: ReadonlySet<string> = new Set();

/** `listName` tells one list from another: what was chosen in one is not chosen in the next. */
export function useSelection(listName: string): Selection {
  const [isAll, setAll] = useState(false);
  const [ids, setIds] = useState(NONE);
  const clear = useCallback(() => {
    setAll(false);
    setIds(NONE);
  }, []);
  useEffect(clear, [listName, clear]);

  const toggle = useCallback((changed: readonly string[], chosen: boolean) => {
    setAll(false);
    setIds((now) => {
      const next = new Set(now);
      changed.forEach((id) => (chosen ? next.add(id) : next.delete(id)));
      return next;
    });
  }, []);
  return useMemo(
    () => ({ isAll, ids, has: (id) => isAll || ids.has(id), toggle, chooseAll: () => setAll(true), clear }),
    [isAll, ids, toggle, clear],
  );
}
