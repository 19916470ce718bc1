/**
 * Present values of a device, kept up to date by /api/ws. Views that look at the same share one subscription; it ends a
 * little after the last of them is gone.
 */
import { useMemo, useSyncExternalStore } from 'react';
import { isConnected, onConnection, subscribe, type Answer, type Command } from './socket';
import type { AttributeScope, TelemetryValue } from './types';

export interface LivePoint {
  key: string;
  ts: number;
  value: TelemetryValue;
}

export interface Live {
  /** Without: nothing has been heard yet, or the connection is lost and `values` are of before. */
  isReady: boolean;
  /** The server's sentence why there is nothing. */
  error: string | null;
  /** The newest point of each key. */
  values: ReadonlyMap<string, LivePoint>;
  /** Counts connections: what came in between two was not seen. */
  epoch: number;
}

export interface Feed {
  watch: (listener: () => void) => () => void;
  state: () => Live;
  /** Each point that comes in, the oldest first; without those that are there already. */
  onPoints: (listener: (points: LivePoint[]) => void) => () => void;
}

const LINGER = 3_000;
/** A busy device changes more often than anyone can read. */
const PACE = 200;

const feeds = new Map<string, Feed>();

function feedOf(command: Command): Feed {
  const name = `${command.type} ${command.entityId} ${command.scope}`;
  const known = feeds.get(name);
  if (known) return known;
  const made = makeFeed(command, () => feeds.delete(name));
  feeds.set(name, made);
  return made;
}

function makeFeed(command: Command, onIdle: () => void): Feed {
  const listeners = new Set<() => void>();
  const pointListeners = new Set<(points: LivePoint[]) => void>();
  const values = new Map<string, LivePoint>();
  let live: Live = { isReady: false, error: null, values: new Map(), epoch: 0 };
  let leave: (() => void) | null = null;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  let pending: ReturnType<typeof setTimeout> | undefined;

  const publish = (change: Partial<Live>) => {
    live = { ...live, ...change, values: new Map(values) };
    listeners.forEach((listener) => listener());
  };
  const publishSoon = () => {
    pending ??= setTimeout(() => {
      pending = undefined;
      publish({});
    }, PACE);
  };

  const onAnswer = (answer: Answer, isFirst: boolean) => {
    if (answer.errorCode !== 0) {
      publish({ isReady: false, error: answer.errorMsg });
      return;
    }
    if (isFirst) values.clear();
    const points = pointsOf(answer);
    for (const point of points) {
      if (point.value === null && command.type === 'ATTRIBUTES') values.delete(point.key);
      else values.set(point.key, point);
    }
    if (isFirst) publish({ isReady: true, error: null, epoch: live.epoch + 1 });
    else {
      publishSoon();
      pointListeners.forEach((listener) => listener(points));
    }
  };

  const join = () => {
    const end = subscribe(command, onAnswer);
    const forget = onConnection(() => {
      if (!isConnected()) publish({ isReady: false });
    });
    leave = () => {
      end();
      forget();
      clearTimeout(pending);
      onIdle();
    };
  };

  const stay = () => {
    clearTimeout(leaving);
    if (leave === null) join();
  };
  const leaveIfAlone = () => {
    if (listeners.size + pointListeners.size > 0) return;
    leaving = setTimeout(() => {
      leave?.();
      leave = null;
    }, LINGER);
  };
  const adder =
    <L>(set: Set<L>) =>
    (listener: L) => {
      set.add(listener);
      stay();
      return () => {
        set.delete(listener);
        leaveIfAlone();
      };
    };
  return { watch: adder(listeners), onPoints: adder(pointListeners), state: () => live };
}

/** As they were sent: the oldest first. */
function pointsOf({ data }: Answer): LivePoint[] {
  const points: LivePoint[] = [];
  for (const [key, pairs] of Object.entries(data ?? {})) {
    for (const [ts, value] of pairs.slice().reverse()) points.push({ key, ts, value: value as TelemetryValue });
  }
  return points;
}

export const telemetryFeed = (deviceId: string): Feed =>
  feedOf({ type: 'TIMESERIES', entityType: 'DEVICE', entityId: deviceId, scope: 'LATEST_TELEMETRY', useStrictDataTypes: true });

export const attributesFeed = (deviceId: string, scope: AttributeScope): Feed =>
  feedOf({ type: 'ATTRIBUTES', entityType: 'DEVICE', entityId: deviceId, scope, useStrictDataTypes: true });

const useFeed = (feed: Feed): Live => useSyncExternalStore(feed.watch, feed.state);

/** The newest point of each of the device's keys. */
export function useLatestTelemetry(deviceId: string): Live {
  return useFeed(useMemo(() => telemetryFeed(deviceId), [deviceId]));
}

export function useAttributes(deviceId: string, scope: AttributeScope): Live {
  return useFeed(useMemo(() => attributesFeed(deviceId, scope), [deviceId, scope]));
}
