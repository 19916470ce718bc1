import { ActionIcon, Menu, Skeleton, Tabs, Title } from '@mantine/core';
import { IconArrowLeft, IconDeviceUnknown, IconDots, IconTrash, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { deviceInfo } from '../../api/devices';
import { ApiError } from '../../api/errors';
import { keys } from '../../app/keys';
import { deviceTabs, isDeviceTab, paths, type DeviceTab } from '../../app/paths';
import { useUser } from '../../app/session';
import { ActiveMark } from '../../components/ActiveMark';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { useTitle } from '../../components/useTitle';
import { text } from '../../text/en';
import { AttributesTab } from './AttributesTab';
import { ConnectivityTab } from './ConnectivityTab';
import { CredentialsTab } from './CredentialsTab';
import { DetailsTab } from './DetailsTab';
import classes from './DevicePanel.module.css';
import { TelemetryTab } from './TelemetryTab';

const ChartsTab = lazy(() => import('./charts/ChartsTab'));
const RpcTab = lazy(() => import('./RpcTab'));
const EventsTab = lazy(() => import('./EventsTab'));
const FirmwareTab = lazy(() => import('./FirmwareTab'));
const AuditTab = lazy(() => import('./AuditTab'));
const DeleteDeviceDialog = lazy(() => import('../group/DeleteDeviceDialog'));

/** Their calls are the administrators'. */
const forAdministrators: readonly DeviceTab[] = ['firmware', 'audit'];

interface Props {
  groupId: string;
  deviceId: string;
  tab: string | undefined;
  /** Query part of the list's address, kept. */
  tail: string;
}

export default function DevicePanel({ groupId, deviceId, tab, tail }: Props) {
  const [, navigate] = useLocation();
  const [deleting, setDeleting] = useState(false);
  const isCustomer = useUser().data?.authority === 'CUSTOMER_USER';
  const tabs = deviceTabs.filter((name) => !isCustomer || !forAdministrators.includes(name));
  const current: DeviceTab = isDeviceTab(tab) && tabs.includes(tab) ? tab : 'details';
  const toList = paths.group(groupId) + tail;
  const goTo = (next: DeviceTab) => navigate(paths.device(groupId, deviceId, next) + tail);

  const info = useQuery({
    queryKey: keys.device(deviceId),
    queryFn: ({ signal }) => deviceInfo(deviceId, signal),
    refetchInterval: 5_000,
  });
  const device = info.data;
  useTitle(device?.name, text.device.tabs[current]);

  // Opening a device moves the reader to it, also without a mouse.
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);

  // On a phone the tabs are wider than the screen.
  const tabList = useRef<HTMLDivElement>(null);
  useEffect(() => {
    tabList.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);

  const absent = info.error instanceof ApiError && [400, 404].includes(info.error.status);
  if (absent) {
    return (
      <section className={classes.root} aria-label={text.device.panel}>
        <div className={classes.bar}>
          <BackLink to={toList} />
        </div>
        <EmptyState
          icon={<IconDeviceUnknown size={28} stroke={1.5} />}
          title={text.device.notFound}
          text={text.device.notFoundText}
        />
      </section>
    );
  }

  const panels: Record<DeviceTab, () => ReactNode> = {
    details: () => <DetailsTab deviceId={deviceId} info={device} onDelete={() => setDeleting(true)} />,
    credentials: () => <CredentialsTab deviceId={deviceId} />,
    telemetry: () => <TelemetryTab deviceId={deviceId} charts={paths.device(groupId, deviceId, 'charts')} onConnect={() => goTo('connectivity')} />,
    charts: () => <ChartsTab deviceId={deviceId} deviceName={device?.name ?? ''} onConnect={() => goTo('connectivity')} />,
    attributes: () => <AttributesTab deviceId={deviceId} />,
    connectivity: () => <ConnectivityTab deviceId={deviceId} name={device?.name} active={device?.active} />,
    rpc: () => <RpcTab deviceId={deviceId} />,
    events: () => <EventsTab deviceId={deviceId} onConnect={() => goTo('connectivity')} />,
    firmware: () => <FirmwareTab deviceId={deviceId} />,
    audit: () => <AuditTab deviceId={deviceId} />,
  };

  return (
    <section className={classes.root} aria-labelledby="device-title">
      <header className={classes.head}>
        <div className={classes.bar}>
          <BackLink to={toList} />
          <div className={classes.names}>
            <Title order={2} id="device-title" ref={heading} tabIndex={-1} className={classes.title}>
              {device?.name ?? <Skeleton height={22} width={180} />}
            </Title>
            {device && (
              <div className={classes.facts}>
                <ActiveMark active={device.active} lastActivityTime={device.lastActivityTime} />
                <span>{device.type}</span>
                {device.label ? <span>{device.label}</span> : null}
              </div>
            )}
          </div>
          <Menu width={190}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={text.device.menu} disabled={!device}>
                <IconDots size={19} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                color="var(--mantine-color-error)"
                leftSection={<IconTrash size={16} stroke={1.7} />}
                onClick={() => setDeleting(true)}
              >
                {text.list.delete}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <ActionIcon
            component={Link}
            href={toList}
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={text.device.close}
            className={classes.close}
          >
            <IconX size={19} />
          </ActionIcon>
        </div>
      </header>

      <Tabs
        value={current}
        onChange={(next) => isDeviceTab(next ?? undefined) && goTo(next as DeviceTab)}
        activateTabWithKeyboard={false}
        keepMounted={false}
        classNames={{ list: classes.tabs, tab: classes.tab, panel: classes.panel }}
      >
        <Tabs.List ref={tabList} aria-label={text.device.panel}>
          {tabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {text.device.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((name) => (
          <Tabs.Panel key={name} value={name}>
            {info.error !== null && !device ? (
              <ErrorNote error={info.error} onRetry={() => void info.refetch()} />
            ) : (
              <Suspense fallback={<PageLoader />}>{name === current && panels[name]()}</Suspense>
            )}
          </Tabs.Panel>
        ))}
      </Tabs>

      <Suspense fallback={null}>
        {deleting && device && (
          <DeleteDeviceDialog device={device} onClose={() => setDeleting(false)} onDeleted={() => navigate(toList)} />
        )}
      </Suspense>
    </section>
  );
}

function BackLink({ to }: { to: string }) {
  return (
    <ActionIcon
      component={Link}
      href={to}
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={text.device.back}
      className={classes.back}
    >
      <IconArrowLeft size={19} />
    </ActionIcon>
  );
}
