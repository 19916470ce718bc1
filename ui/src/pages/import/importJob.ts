/**
 * The import that is under way, if there is one. It lives outside the page's views, so that other views can be looked at
 * meanwhile; it ends with the login and with the browser's tab.
 */
import { notifications } from '@mantine/notifications';
import { useSyncExternalStore } from 'react';
import { address, pageHeaders } from '../../api/client';
import { errorFromBody } from '../../api/errors';
import { parseJson } from '../../api/json';
import { getSession, subscribe } from '../../api/session';
import type { ImportResult } from '../../api/types';
import { paths } from '../../app/paths';
import { imports } from '../../text/en/imports';

export interface ImportJob {
  fileName: string;
  size: number;
  sent: number;
  state: 'sending' | 'finishing' | 'done' | 'stopped' | 'failed';
  result?: ImportResult;
  error?: string;
  /** Lines of the file before its first row, less the one that was sent in their place. */
  lineShift: number;
}

interface Start {
  fileName: string;
  body: Blob;
  delimiter: string;
  update: boolean;
  lineShift: number;
  onEnd: () => void;
}

let job: ImportJob | null = null;
let transfer: XMLHttpRequest | null = null;
const listeners = new Set<() => void>();

function set(change: Partial<ImportJob> | null): void {
  job = change === null || job === null ? null : { ...job, ...change };
  listeners.forEach((listener) => listener());
}

const listen = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useImportJob = (): ImportJob | null => useSyncExternalStore(listen, () => job);

const isRunning = (): boolean => job?.state === 'sending' || job?.state === 'finishing';

/** The browser asks whether the tab is to be closed while an import is under way. */
const onUnload = (event: BeforeUnloadEvent): void => {
  if (isRunning()) event.preventDefault();
};

subscribe(() => {
  if (getSession() !== 'in' && job !== null) {
    stopImport();
    set(null);
  }
});

export function stopImport(): void {
  transfer?.abort();
  transfer = null;
}

/** Forget an import that has ended. */
export const clearImport = (): void => set(null);

export async function startImport({ fileName, body, delimiter, update, lineShift, onEnd }: Start): Promise<void> {
  job = { fileName, size: body.size, sent: 0, state: 'sending', lineShift };
  set({});
  const request = new XMLHttpRequest();
  transfer = request;
  addEventListener('beforeunload', onUnload);
  set(await send(request, address('/api/postern/devices/import', { delimiter, update }), body));
  removeEventListener('beforeunload', onUnload);
  transfer = null;
  onEnd();
  if (job !== null && location.pathname !== paths.import) tell(job);
}

function tell({ state, result, error }: ImportJob): void {
  if (state === 'stopped') return;
  const message = result ? imports.finished(result.created, result.updated, result.errors) : `${imports.failed}: ${error ?? ''}`;
  notifications.show({ message, autoClose: false });
}

/** By XMLHttpRequest, as fetch() does not tell how much was sent. */
function send(request: XMLHttpRequest, path: string, body: Blob): Promise<Partial<ImportJob>> {
  return new Promise((resolve) => {
    request.open('POST', path);
    for (const [name, value] of Object.entries(pageHeaders)) request.setRequestHeader(name, value);
    request.setRequestHeader('Content-Type', 'text/csv');
    request.upload.onprogress = ({ loaded }) => set({ sent: loaded });
    request.upload.onload = () => set({ sent: body.size, state: 'finishing' });
    request.onabort = () => resolve({ state: 'stopped' });
    request.onerror = () => resolve({ state: 'failed', error: imports.broken });
    request.onload = () => {
      if (request.status === 200) resolve({ state: 'done', result: parseJson(request.responseText) as ImportResult });
      else resolve({ state: 'failed', error: errorFromBody(request.status, request.responseText).message });
    };
    request.send(body);
  });
}
