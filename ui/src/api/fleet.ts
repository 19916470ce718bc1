/** Many devices at once. */
import { fetchFile, post } from './client';
import type { DeviceActionResult, DeviceFilter } from './types';

/** Devices that one call changes at most; the server's limit. */
const AT_ONCE = 500;

export type FleetAction =
  | { action: 'delete' }
  | { action: 'profile'; deviceProfileId: string }
  | { action: 'addToGroup' | 'removeFromGroup'; entityGroupId: string };

/** Some devices by their ids, or all that a list holds. */
export type Fleet = { ids: readonly string[] } | { filter: DeviceFilter };

export interface FleetOutcome {
  changed: number;
  failed: number;
  errors: DeviceActionResult['errorsList'];
}

/** Errors kept for the reader; all are counted. */
const ERRORS_KEPT = 200;

/**
 * Change them call by call; onProgress is told the sum after each. Ends early, without an error, when `signal` is
 * aborted: what was changed until then is changed.
 */
export async function changeFleet(
  action: FleetAction,
  fleet: Fleet,
  onProgress: (outcome: FleetOutcome) => void,
  signal: AbortSignal,
): Promise<FleetOutcome> {
  let sum: FleetOutcome = { changed: 0, failed: 0, errors: [] };
  let place: number | null = 0;
  while (place !== null && !signal.aborted) {
    const scope: object =
      'ids' in fleet
        ? { deviceIds: fleet.ids.slice(place, place + AT_ONCE) }
        : { filter: fleet.filter, ...(place > 0 && { next: place }) };
    const answer = await post('/api/postern/devices/actions', { body: { ...action, ...scope } });
    sum = {
      changed: sum.changed + answer.changed,
      failed: sum.failed + answer.errors,
      errors: [...sum.errors, ...answer.errorsList].slice(0, ERRORS_KEPT),
    };
    onProgress(sum);
    if ('ids' in fleet) place = place + AT_ONCE < fleet.ids.length ? place + AT_ONCE : null;
    else place = answer.next;
  }
  return sum;
}

/** Ids that one call exports at most; the server's limit. */
const EXPORTED_AT_ONCE = 100;

const exportPart = (query: Record<string, string | number | boolean | undefined>): Promise<Blob> =>
  fetchFile('/api/postern/devices/export', { format: 'csv', ...query });

/** As CSV; several answers become one file, under the headings of the first. */
export async function exportFleet(fleet: Fleet): Promise<Blob> {
  if ('filter' in fleet) return exportPart(fleet.filter);
  const parts: (Blob | string)[] = [];
  for (let i = 0; i < fleet.ids.length; i += EXPORTED_AT_ONCE) {
    const part = await exportPart({ deviceIds: fleet.ids.slice(i, i + EXPORTED_AT_ONCE).join(',') });
    const text = i === 0 ? '' : await part.text();
    parts.push(i === 0 ? part : text.slice(text.indexOf('\n') + 1));
  }
  return new Blob(parts, { type: 'text/csv' });
}
