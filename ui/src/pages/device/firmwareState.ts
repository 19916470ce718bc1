import type { PackageKind } from '../../api/packages';
import type { LatestTelemetry } from '../../api/types';

/** The way of a package to a device; FAILED may follow any of them. */
export const steps = ['QUEUED', 'INITIATED', 'DOWNLOADING', 'DOWNLOADED', 'VERIFIED', 'UPDATING', 'UPDATED'] as const;

export interface FirmwareState {
  state: string | null;
  /** When the state was told, milliseconds. */
  ts: number;
  error: string | null;
  current: string | null;
  /** Place of the state among the steps; -1: none of them. */
  at: number;
}

/** What a device, and the server for it, told of a package by telemetry. */
export function firmwareState(latest: LatestTelemetry, type: PackageKind): FirmwareState {
  const prefix = type === 'FIRMWARE' ? 'fw' : 'sw';
  const valueOf = (key: string): string | null => {
    const value = latest[key]?.[0]?.value;
    return value === undefined || value === null || value === '' ? null : String(value as string | number);
  };
  const state = valueOf(`${prefix}_state`)?.toUpperCase() ?? null;
  const title = valueOf(`current_${prefix}_title`);
  const version = valueOf(`current_${prefix}_version`);
  return {
    state,
    ts: latest[`${prefix}_state`]?.[0]?.ts ?? 0,
    error: valueOf(`${prefix}_error`),
    current: [title, version].filter((part) => part !== null).join(' ') || null,
    at: steps.findIndex((step) => step === state),
  };
}

export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
