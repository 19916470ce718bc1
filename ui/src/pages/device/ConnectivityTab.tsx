import { Anchor, NativeSelect, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { CHAIN_ADDRESS, connectivity } from '../../api/connectivity';
import { deviceCredentials } from '../../api/credentials';
import { keys } from '../../app/keys';
import { CopyButton } from '../../components/CopyButton';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { PageLoader } from '../../components/PageLoader';
import { text } from '../../text/en';
import { deviceText } from '../../text/en/device';
import classes from './ConnectivityTab.module.css';
import { LiveArrival } from './LiveArrival';
import { adviceFor, systems, tools, type Advice, type System, type Tool } from './snippets';
import { useConnectChoice } from './useConnectChoice';

const connectText = deviceText.connect;
const toolChoices = tools.map((value) => ({ value, label: connectText.tools[value] ?? value }));

interface Props {
  deviceId: string;
  name: string | undefined;
  active: boolean | undefined;
}

/** How to try the device from a computer or to write its program, and a live view of whether it gets in. */
export function ConnectivityTab({ deviceId, name, active }: Props) {
  const commands = useQuery({
    queryKey: keys.connectivity(deviceId),
    queryFn: ({ signal }) => connectivity(deviceId, signal),
    staleTime: 60_000,
  });
  const credentials = useQuery({
    queryKey: keys.credentials(deviceId),
    queryFn: ({ signal }) => deviceCredentials(deviceId, signal),
  });
  const isNarrow = useMediaQuery('(max-width: 640px)') ?? false;
  const { system, tool, choose } = useConnectChoice();
  const error = commands.error ?? credentials.error;
  const advice =
    commands.data && credentials.data
      ? adviceFor({ system, tool, connectivity: commands.data, credentials: credentials.data, origin: window.location.origin })
      : null;

  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed">
        {text.connectivity.lead}
      </Text>
      <LiveArrival deviceId={deviceId} name={name} active={active} />
      <div className={classes.choices}>
        <SegmentedControl
          aria-label={connectText.system}
          value={system}
          onChange={(value) => choose(value as System, tool)}
          data={systems.map((value) => ({ value, label: connectText.systems[value] ?? value }))}
        />
        {isNarrow ? (
          <NativeSelect
            aria-label={connectText.tool}
            value={tool}
            onChange={(event) => choose(system, event.currentTarget.value as Tool)}
            data={toolChoices}
          />
        ) : (
          <SegmentedControl
            aria-label={connectText.tool}
            value={tool}
            onChange={(value) => choose(system, value as Tool)}
            data={toolChoices}
          />
        )}
      </div>
      {error !== null && <ErrorNote error={error} onRetry={() => void Promise.all([commands.refetch(), credentials.refetch()])} />}
      {advice === null ? error === null && <PageLoader /> : <Steps advice={advice} />}
      <Text size="sm" c="dimmed">
        <Anchor href={CHAIN_ADDRESS} download="tb-server-chain.pem" className={classes.chain} underline="always">
          <IconDownload size={16} stroke={1.7} aria-hidden />
          {text.connectivity.chain}
        </Anchor>
        {text.connectivity.chainHint}
      </Text>
    </Stack>
  );
}

function Steps({ advice }: { advice: Advice }) {
  if ('reason' in advice) return <Notice kind="info">{advice.reason}</Notice>;
  return (
    <ol className={classes.steps} aria-label={connectText.steps}>
      {advice.steps.map(({ title, code, hint }) => (
        <li key={title}>
          <h3 className={classes.title}>{title}</h3>
          <div className={classes.command}>
            <code>{code}</code>
            <CopyButton value={code} what={title.toLowerCase()} />
          </div>
          {hint !== undefined && <p className={classes.hint}>{hint}</p>}
        </li>
      ))}
    </ol>
  );
}
