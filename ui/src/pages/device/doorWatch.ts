import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deviceEvents, refusals, type DeviceEvent, type Refusal } from '../../api/deviceEvents';
import { keys } from '../../app/keys';

/** Between looks, milliseconds: what happens at the door is to be seen within a second. */
const LOOK_MS = 500;
const SEEN_MAX = 10;

export interface DoorWatch {
  /** What happened to the device since the first look, newest first. */
  events: DeviceEvent[];
  /** Who was refused since then and is no known device, newest first; empty for who may not see it. */
  strangers: Refusal[];
  error: Error | null;
}

/** Watches the door from now on: the device itself, and clients that could be it. */
export function useDoorWatch(deviceId: string): DoorWatch {
  const [after, setAfter] = useState<number | null>(null);
  const events = useQuery({
    queryKey: keys.events(deviceId, SEEN_MAX),
    queryFn: ({ signal }) => deviceEvents(deviceId, SEEN_MAX, signal),
    refetchInterval: LOOK_MS,
    staleTime: 0,
  });
  // What the cache has from an earlier view is no first look.
  if (after === null && events.data && events.isFetchedAfterMount) setAfter(events.data.data[0]?.number ?? -1);

  const [opened] = useState(() => Date.now());
  const first = useQuery({
    queryKey: ['refusals', 'first', deviceId, opened],
    queryFn: ({ signal }) => refusals(1, undefined, signal),
    staleTime: Infinity,
    gcTime: 0,
  });
  const since = first.data?.since;
  const door = useQuery({
    queryKey: ['refusals', 'since', since],
    queryFn: ({ signal }) => refusals(SEEN_MAX, since, signal),
    enabled: since !== undefined,
    refetchInterval: LOOK_MS,
    staleTime: 0,
    gcTime: 0,
  });

  return {
    events: after === null ? [] : (events.data?.data ?? []).filter(({ number }) => number > after),
    strangers: (door.data?.data ?? []).filter(({ deviceId: owner }) => owner === undefined),
    error: events.error,
  };
}

/** A client that says it has the device's name, in its certificate or as its client id. */
export function isNamed({ subject = '', clientId }: Pick<Refusal, 'subject' | 'clientId'>, name: string | undefined): boolean {
  if (name === undefined) return false;
  return clientId === name || subject.split(/,\s*/).some((part) => part.replace(/\s*=\s*/, '=') === `CN=${name}`);
}

export type Trouble = { kind: 'device' | 'named' | 'stranger' | 'message'; event: DeviceEvent | Refusal };

/** The refusal to tell of: the newest, unless the device got in after it. A stranger only counts until then. */
export function troubleOf({ events, strangers }: DoorWatch, name: string | undefined, hasArrived: boolean): Trouble | null {
  const own = events.find(({ type }) => type !== 'DISCONNECTED');
  const entered = events.find(({ type }) => type === 'CONNECTED');
  const stranger = strangers.find((one) => isNamed(one, name)) ?? (hasArrived || entered ? undefined : strangers[0]);
  if (stranger !== undefined && (own === undefined || stranger.ts > own.ts)) {
    return { kind: isNamed(stranger, name) ? 'named' : 'stranger', event: stranger };
  }
  if (own === undefined || own.type === 'CONNECTED') return null;
  return { kind: own.type === 'REFUSED' ? 'device' : 'message', event: own };
}
