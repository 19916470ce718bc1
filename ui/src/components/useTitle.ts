import { useEffect } from 'react';
import { text } from '../text/en';

/** Name of the view in the browser's tab and history. */
export function useTitle(...parts: (string | undefined)[]): void {
  const title = [...parts.filter((part) => part !== undefined && part !== ''), text.product].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
