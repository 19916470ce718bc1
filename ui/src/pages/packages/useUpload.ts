import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { checksumOf, deletePackage, savePackage, uploadPackage, type PackageSave, type Upload } from '../../api/packages';
import { keys } from '../../app/keys';

export type UploadState =
  | { step: 'form'; error: unknown }
  | { step: 'summing' }
  | { step: 'sending'; sent: number; checksum: string | null }
  | { step: 'done' };

/**
 * Makes a package and sends its file. A package whose file did not arrive is taken away again, so that the same title
 * and version can be tried once more. Leaving the page stops the sending.
 */
export function useUpload() {
  const queryClient = useQueryClient();
  const [state, setState] = useState<UploadState>({ step: 'form', error: null });
  const running = useRef<Upload | null>(null);
  const stop = () => running.current?.cancel();
  useEffect(() => stop, []);

  const send = async (body: PackageSave, file: File) => {
    setState({ step: 'summing' });
    let made: string | null = null;
    try {
      const checksum = await checksumOf(file);
      const saved = await savePackage(body);
      made = saved.id.id;
      setState({ step: 'sending', sent: 0, checksum });
      running.current = uploadPackage(made, file, checksum, (sent) => setState({ step: 'sending', sent, checksum }));
      await running.current.done;
      setState({ step: 'done' });
    } catch (error) {
      if (made !== null) await deletePackage(made).catch(() => undefined);
      const stopped = error instanceof DOMException && error.name === 'AbortError';
      setState({ step: 'form', error: stopped ? null : error });
    } finally {
      running.current = null;
      void queryClient.invalidateQueries({ queryKey: keys.packages });
    }
  };
  const forget = () => setState((now) => (now.step === 'form' ? { step: 'form', error: null } : now));
  return { state, send, stop, forget };
}
