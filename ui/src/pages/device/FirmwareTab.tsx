import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { packageIdOf, packageInfo, packageOfProfile, type Package, type PackageKind } from '../../api/packages';
import { device as readDevice } from '../../api/devices';
import { latestTelemetry } from '../../api/telemetry';
import type { Device, LatestTelemetry } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { PageLoader } from '../../components/PageLoader';
import { TimeAgo } from '../../components/TimeAgo';
import { deviceText } from '../../text/en/device';
import { AssignPackage } from './AssignPackage';
import classes from './FirmwareTab.module.css';
import { fileSize, firmwareState, steps, type FirmwareState } from './firmwareState';
import { Section, Tag } from './Section';
import sectionClasses from './Section.module.css';

const text = deviceText.firmware;
const types: PackageKind[] = ['FIRMWARE', 'SOFTWARE'];

/** What the device is to install, how far it is, and another package for it. */
export default function FirmwareTab({ deviceId }: { deviceId: string }) {
  const record = useQuery({ queryKey: keys.deviceRecord(deviceId), queryFn: ({ signal }) => readDevice(deviceId, signal) });
  const latest = useQuery({
    queryKey: keys.telemetry(deviceId),
    queryFn: ({ signal }) => latestTelemetry(deviceId, signal),
    refetchInterval: 2_000,
  });
  const error = record.error ?? latest.error;
  if (!record.data || !latest.data) {
    return error ? <ErrorNote error={error} onRetry={() => void Promise.all([record.refetch(), latest.refetch()])} /> : <PageLoader />;
  }
  const { data: device } = record;
  return (
    <Stack gap="xl">
      <p className={sectionClasses.lead}>{text.lead}</p>
      {types.map((type) => (
        <Kind key={type} device={device} type={type} latest={latest.data} />
      ))}
    </Stack>
  );
}

function Kind({ device, type, latest }: { device: Device; type: PackageKind; latest: LatestTelemetry }) {
  const own = packageIdOf(device, type)?.id;
  const assigned = useQuery({
    queryKey: [...keys.firmware(device.id.id), type, own ?? device.deviceProfileId.id],
    queryFn: ({ signal }) => (own === undefined ? packageOfProfile(device.deviceProfileId.id, type, signal) : packageInfo(own, signal)),
  });
  const state = firmwareState(latest, type);
  return (
    <Section title={text.kinds[type] ?? type}>
      {assigned.error !== null && <ErrorNote error={assigned.error} onRetry={() => void assigned.refetch()} />}
      <dl className={classes.facts}>
        <div>
          <dt>{text.assigned}</dt>
          <dd>{assigned.data ? <Package found={assigned.data} isOwn={own !== undefined} /> : assigned.isPending ? '…' : text.nothing}</dd>
        </div>
        <div>
          <dt>{text.current}</dt>
          <dd>{state.current ?? <span className={classes.dim}>{text.unknown}</span>}</dd>
        </div>
      </dl>
      {state.state !== null && <Progress state={state} />}
      <AssignPackage device={device} type={type} />
    </Section>
  );
}

function Package({ found, isOwn }: { found: Package; isOwn: boolean }) {
  const facts = [found.dataSize ? fileSize(found.dataSize) : null, found.url ? text.byUrl : null, found.fileName];
  return (
    <>
      <strong>
        {found.title} {found.version}
      </strong>{' '}
      <Tag>{isOwn ? text.ofDevice : text.ofProfile}</Tag>
      <span className={classes.dim}>{facts.filter(Boolean).join(' · ')}</span>
    </>
  );
}

function Progress({ state }: { state: FirmwareState }) {
  const hasFailed = state.state === 'FAILED';
  return (
    <>
      <ol className={classes.steps} aria-label={text.progress}>
        {steps.map((step, index) => (
          <li
            key={step}
            data-done={(state.at >= index && state.at >= 0) || undefined}
            data-now={state.at === index || undefined}
            aria-current={state.at === index ? 'step' : undefined}
          >
            {text.states[step]}
          </li>
        ))}
      </ol>
      <p className={classes.now}>
        <Tag {...(hasFailed ? { kind: 'bad' } : state.state === 'UPDATED' ? { kind: 'good' } : {})}>
          {text.states[state.state ?? ''] ?? state.state}
        </Tag>{' '}
        <TimeAgo ts={state.ts} />
      </p>
      {hasFailed && state.error !== null && (
        <Notice kind="bad" title={text.error}>
          {state.error}
        </Notice>
      )}
    </>
  );
}
