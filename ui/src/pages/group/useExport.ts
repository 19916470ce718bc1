import { useMutation } from '@tanstack/react-query';
import { exportFleet, type Fleet } from '../../api/fleet';
import { saveFile } from '../../app/files';
import { showError } from '../../components/showError';

/** Devices as a CSV file, which the browser saves. */
export const useExport = () =>
  useMutation({
    mutationFn: (fleet: Fleet) => exportFleet(fleet),
    onSuccess: (file) => saveFile(file, `devices-${new Date().toISOString().slice(0, 10)}.csv`),
    onError: showError,
  });
