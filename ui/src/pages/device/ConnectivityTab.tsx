import { Anchor, Stack, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { CHAIN_ADDRESS, commandGroups, connectivity, type CommandGroup } from '../../api/connectivity';
import { keys } from '../../app/keys';
import { CopyButton } from '../../components/CopyButton';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { text } from '../../text/en';
import classes from './ConnectivityTab.module.css';
import { LiveArrival } from './LiveArrival';

export function ConnectivityTab({ deviceId, active }: { deviceId: string; active: boolean | undefined }) {
  const query = useQuery({
    queryKey: keys.connectivity(deviceId),
    queryFn: ({ signal }) => connectivity(deviceId, signal),
    staleTime: 60_000,
  });
  const groups = commandGroups(query.data ?? {});

  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed">
        {text.connectivity.lead}
      </Text>
      <LiveArrival deviceId={deviceId} active={active} />
      {query.error !== null && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <PageLoader />}
      {query.data && groups.length === 0 && <Text size="sm">{text.connectivity.none}</Text>}
      {groups.map((group) => (
        <Commands key={group.path.join('.')} group={group} />
      ))}
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

const nameOf = (path: string[]): string => {
  const names = path.length > 1 ? path.slice(1) : path;
  return names.map((name) => text.connectivity.names[name] ?? name).join(', ');
};

function Commands({ group }: { group: CommandGroup }) {
  const name = nameOf(group.path);
  const several = group.commands.length > 1;
  const withCertificate = group.commands.some((command) => /--cert\b|-E /.test(command));
  return (
    <section aria-label={name}>
      <Title order={3} className={classes.title}>
        {name}
      </Title>
      <ol className={classes.commands}>
        {group.commands.map((command, index) => (
          <li key={command} className={classes.command}>
            {several && (
              <span className={classes.number} aria-label={text.connectivity.step(index + 1)}>
                {index + 1}
              </span>
            )}
            <code>{command}</code>
            <CopyButton value={command} what={`${text.connectivity.command.toLowerCase()} ${index + 1}`} />
          </li>
        ))}
      </ol>
      {withCertificate && (
        <Text size="xs" c="dimmed" mt={6}>
          {text.connectivity.certificateHint}
        </Text>
      )}
    </section>
  );
}
