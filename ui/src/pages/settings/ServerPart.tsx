import { Title } from '@mantine/core';
import { IconBook, IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { CHAIN_ADDRESS } from '../../api/connectivity';
import { serverSettings } from '../../api/server';
import { keys } from '../../app/keys';
import { CertificateCard } from '../../components/CertificateCard';
import { ErrorNote } from '../../components/ErrorNote';
import { Facts } from '../../components/Facts';
import { Notice } from '../../components/Notice';
import { PageLoader } from '../../components/PageLoader';
import { operations } from '../../text/en/operations';
import { exact, validity } from '../../text/time';
import classes from './parts.module.css';

const text = operations.server;

/** The server's certificate with its end, version and clock. */
export default function ServerPart() {
  const query = useQuery({ queryKey: keys.serverSettings, queryFn: ({ signal }) => serverSettings(signal), staleTime: 30_000 });
  const { data } = query;
  if (!data) return query.error !== null ? <ErrorNote error={query.error} onRetry={() => void query.refetch()} /> : <PageLoader />;
  const { certificate } = data;
  const ends = certificate && validity(certificate.notBefore, certificate.notAfter, data.ts).state;
  return (
    <div className={classes.column}>
      <section className={classes.panel}>
        <Facts
          facts={[
            [text.version, data.version],
            [text.clock, exact(data.ts)],
          ]}
        />
      </section>
      {certificate ? (
        <div className={classes.card}>
          <CertificateCard certificate={certificate} title={text.certificate} />
        </div>
      ) : (
        <Notice kind="bad">{text.noCertificate}</Notice>
      )}
      {ends !== null && ends !== 'valid' && <Notice kind={ends === 'soon' ? 'warn' : 'bad'}>{text.renew}</Notice>}
      <section className={classes.panel} aria-labelledby="server-more">
        <Title order={2} id="server-more" className={classes.title}>
          {text.more}
        </Title>
        <ul className={classes.links}>
          <li>
            <a href={CHAIN_ADDRESS} download="tb-server-chain.pem">
              <IconDownload size={16} stroke={1.7} aria-hidden />
              {text.chain}
            </a>
          </li>
          <li>
            <a href="/api/docs">
              <IconBook size={16} stroke={1.7} aria-hidden />
              {text.docs}
            </a>
          </li>
        </ul>
      </section>
    </div>
  );
}
