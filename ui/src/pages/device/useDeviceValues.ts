import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { attributes } from '../../api/attributes';
import { useAttributes, useLatestTelemetry, type Live, type LivePoint } from '../../api/live';
import { latestTelemetry } from '../../api/telemetry';
import type { AttributeScope } from '../../api/types';
import { keys } from '../../app/keys';

export interface DeviceValues {
  /** By key; undefined: not known yet. */
  rows: LivePoint[] | undefined;
  /** Changes are seen as they come. */
  isLive: boolean;
  error: unknown;
  retry: () => void;
  epoch: number;
}

/** Where no WebSocket gets through, the page asks again and again. */
const POLL = 4_000;

const inOrder = (points: Iterable<LivePoint>): LivePoint[] => [...points].sort((a, b) => a.key.localeCompare(b.key));

function useRows(live: Live, polled: LivePoint[] | undefined): LivePoint[] | undefined {
  return useMemo(() => (live.isReady ? inOrder(live.values.values()) : polled && inOrder(polled)), [live, polled]);
}

/** The newest point of each key of the device. */
export function useDeviceTelemetry(deviceId: string): DeviceValues {
  const live = useLatestTelemetry(deviceId);
  const query = useQuery({
    queryKey: keys.telemetry(deviceId),
    queryFn: ({ signal }) => latestTelemetry(deviceId, signal),
    enabled: !live.isReady,
    refetchInterval: POLL,
  });
  const polled = useMemo(
    () => query.data && Object.entries(query.data).flatMap(([key, points]) => (points[0] ? [{ key, ...points[0] }] : [])),
    [query.data],
  );
  const rows = useRows(live, polled);
  return { rows, isLive: live.isReady, error: live.isReady ? null : query.error, retry: () => void query.refetch(), epoch: live.epoch };
}

/** The device's attributes of a scope. */
export function useDeviceAttributes(deviceId: string, scope: AttributeScope): DeviceValues {
  const live = useAttributes(deviceId, scope);
  const query = useQuery({
    queryKey: keys.attributes(deviceId, scope),
    queryFn: ({ signal }) => attributes(deviceId, scope, signal),
    enabled: !live.isReady,
    refetchInterval: POLL,
  });
  const polled = useMemo(
    () =>
      query.data?.map(({ key, value, lastUpdateTs }) => ({ key, value: value as LivePoint['value'], ts: lastUpdateTs })),
    [query.data],
  );
  const rows = useRows(live, polled);
  return { rows, isLive: live.isReady, error: live.isReady ? null : query.error, retry: () => void query.refetch(), epoch: live.epoch };
}
