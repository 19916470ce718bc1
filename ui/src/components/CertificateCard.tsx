import { IconCertificate } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { CertificateView } from '../api/types';
import { certificate as certificateTexts } from '../text/en/credentials';
import { date, exact, validity } from '../text/time';
import classes from './CertificateCard.module.css';
import { CopyButton } from './CopyButton';
import { useNow } from './useNow';

interface Props {
  certificate: CertificateView;
  title: string;
  /** Not saved yet: drawn with a broken line. */
  draft?: boolean;
}

/** What a certificate says, for a reader who checks that it is the right one. */
export function CertificateCard({ certificate, title, draft = false }: Props) {
  const { fingerprints } = certificate;
  return (
    <section className={classes.root} data-draft={draft || undefined} aria-label={title}>
      <div className={classes.head}>
        <IconCertificate size={20} stroke={1.6} aria-hidden />
        <span>{title}</span>
        {certificate.selfSigned && <span className={classes.tag}>{certificateTexts.selfSigned}</span>}
        {certificate.isCa && <span className={classes.tag}>{certificateTexts.ca}</span>}
      </div>
      <dl className={classes.facts}>
        <Fact name={certificateTexts.subject}>
          <strong>{certificate.subject}</strong>
        </Fact>
        {!certificate.selfSigned && <Fact name={certificateTexts.issuer}>{certificate.issuer}</Fact>}
        {certificate.sans.length > 0 && <Fact name={certificateTexts.names}>{certificate.sans.join(', ')}</Fact>}
        <Fact name={certificateTexts.validity}>
          <Validity certificate={certificate} />
        </Fact>
        <Fact name={certificateTexts.key}>
          {certificate.keyType}, <span className={classes.dim}>{certificate.signatureAlgorithm}</span>
        </Fact>
        <Fact name={certificateTexts.serial}>
          <code>{certificate.serial}</code>
        </Fact>
        <Fact name={certificateTexts.sha3} hint={certificateTexts.sha3Hint}>
          <Fingerprint value={fingerprints.sha3_256_base64} what={certificateTexts.sha3} />
        </Fact>
        <Fact name={certificateTexts.sha256}>
          <Fingerprint value={fingerprints.sha256} what={certificateTexts.sha256} />
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, hint, children }: { name: string; hint?: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt title={hint}>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Fingerprint({ value, what }: { value: string; what: string }) {
  return (
    <span className={classes.fingerprint}>
      <code>{value}</code>
      <CopyButton value={value} what={what} />
    </span>
  );
}

function Validity({ certificate }: { certificate: CertificateView }) {
  const now = useNow(60_000);
  const { state, daysLeft, elapsed } = validity(certificate.notBefore, certificate.notAfter, now);
  const verdict = {
    valid: certificateTexts.valid,
    soon: certificateTexts.soon,
    expired: certificateTexts.expired,
    future: certificateTexts.notYet,
  }[state];
  const left = daysLeft > 0 ? certificateTexts.daysLeft(daysLeft) : certificateTexts.hoursLeft;
  return (
    <div className={classes.validity} data-state={state}>
      <div className={classes.verdict}>
        <b>{verdict}</b>
        {(state === 'valid' || state === 'soon') && <span>{left}</span>}
      </div>
      <svg className={classes.bar} width="100%" height="6" aria-hidden>
        <rect className={classes.life} width="100%" height="6" rx="3" />
        <rect className={classes.elapsed} width={`${Math.max(1.5, elapsed * 100)}%`} height="6" rx="3" />
      </svg>
      <div className={classes.ends}>
        <time title={exact(certificate.notBefore)}>{date(certificate.notBefore)}</time>
        <time title={exact(certificate.notAfter)}>{date(certificate.notAfter)}</time>
      </div>
    </div>
  );
}
