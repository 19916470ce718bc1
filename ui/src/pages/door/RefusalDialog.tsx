import { Anchor, Modal, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { inspectCertificate } from '../../api/certificates';
import { isNotFound } from '../../api/errors';
import { refusal, type RefusalWithCertificate } from '../../api/refusals';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { CertificateCard } from '../../components/CertificateCard';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { Facts } from '../../components/Facts';
import { Notice } from '../../components/Notice';
import { PageLoader } from '../../components/PageLoader';
import { TimeAgo } from '../../components/TimeAgo';
import { useReturnFocus } from '../../components/useReturnFocus';
import { useTitle } from '../../components/useTitle';
import { text as common } from '../../text/en';
import { operations } from '../../text/en/operations';
import { exact } from '../../text/time';
import { nameOf } from './refusalNames';
import { RegisterForm } from './RegisterForm';
import { whole } from '../../text/number';

const text = operations.refusal;

/** All there is to know of one refusal, and the way of its certificate to a device. */
export default function RefusalDialog({ number, onClose }: { number: string; onClose: () => void }) {
  useReturnFocus();
  const query = useQuery({ queryKey: keys.refusal(number), queryFn: ({ signal }) => refusal(number, signal) });
  const { data } = query;
  useTitle(data && nameOf(data), operations.door.title);
  return (
    <Modal opened onClose={onClose} size="lg" title={data ? nameOf(data) : text.title} closeButtonProps={{ 'aria-label': common.common.close }}>
      {data ? (
        <Entry entry={data} />
      ) : isNotFound(query.error) ? (
        <EmptyState title={text.gone} text={text.goneText} />
      ) : query.error !== null ? (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <PageLoader />
      )}
    </Modal>
  );
}

function Entry({ entry }: { entry: RefusalWithCertificate }) {
  const { certificate, times = 1 } = entry;
  return (
    <Stack>
      <Notice kind="bad" title={entry.reason ?? text.title} />
      {certificate !== undefined && <RegisterForm entry={entry} />}
      <Facts
        facts={[
          [text.time, <>{exact(entry.ts)} (<TimeAgo ts={entry.ts} />)</>],
          [text.times, times > 1 ? whole(times) : undefined],
          [text.address, entry.address],
          [text.device, entry.deviceId !== undefined && <DeviceLink id={entry.deviceId} name={entry.deviceName ?? entry.deviceId} />],
          [text.clientId, entry.clientId],
          [text.topic, entry.topic],
          ...(certificate === undefined
            ? ([
                [text.subject, entry.subject],
                [text.fingerprint, entry.fingerprint && <code>{entry.fingerprint}</code>],
              ] as const)
            : []),
        ]}
      />
      {certificate !== undefined && <Shown pem={certificate} />}
    </Stack>
  );
}

function DeviceLink({ id, name }: { id: string; name: string }) {
  return (
    <Anchor component={Link} href={paths.device('all', id, 'credentials')} underline="always" size="sm">
      {name}
    </Anchor>
  );
}

function Shown({ pem }: { pem: string }) {
  const query = useQuery({ queryKey: ['inspection', '', pem], queryFn: ({ signal }) => inspectCertificate(pem, undefined, signal), staleTime: Infinity });
  if (query.error !== null) return <ErrorNote error={query.error} />;
  if (!query.data) return <PageLoader />;
  const { certificate, problems } = query.data;
  return (
    <>
      {problems.map((problem) => (
        <Notice key={problem.message} kind={problem.severity === 'error' ? 'bad' : 'warn'}>
          {problem.message}
        </Notice>
      ))}
      {certificate && <CertificateCard certificate={certificate} title={text.shown} />}
    </>
  );
}
