import { useQueries } from '@tanstack/react-query';
import { useEffect, useId } from 'react';
import { inspectCertificate } from '../api/certificates';
import type { CertificateView } from '../api/types';
import { deviceText } from '../text/en/device';
import classes from './CertificateChoice.module.css';
import { inspectionKey } from './useInspection';

const text = deviceText.certificateChoice;

export interface Candidate {
  pem: string;
  /** Name of the file it came in. */
  file?: string | undefined;
}

interface Props {
  candidates: Candidate[];
  value: string;
  deviceId: string | undefined;
  /** `byHand`: the reader's choice, which no guess replaces. */
  onChoose: (pem: string, byHand: boolean) => void;
  isGuessed: boolean;
}

/** Of several certificates, such as a chain, the one that is the device's. */
export function CertificateChoice({ candidates, value, deviceId, onChoose, isGuessed }: Props) {
  const name = useId();
  const read = useQueries({
    queries: candidates.map(({ pem }) => ({
      queryKey: inspectionKey(pem, deviceId),
      queryFn: ({ signal }: { signal: AbortSignal }) => inspectCertificate(pem, deviceId, signal),
      staleTime: 60_000,
    })),
  });
  const isRead = read.every((one) => !one.isPending);
  const views = read.map((one) => one.data?.certificate ?? null);
  const leaf = isRead ? leafOf(views) : -1;

  // The guess: what signs none of the others, until the reader says otherwise.
  const guess = candidates[leaf]?.pem;
  useEffect(() => {
    if (isGuessed && guess !== undefined && guess !== value) onChoose(guess, false);
  }, [isGuessed, guess, value, onChoose]);

  return (
    <fieldset className={classes.root}>
      <legend className={classes.legend}>{text.label}</legend>
      <p className={classes.hint}>{text.hint}</p>
      {candidates.map(({ pem, file }, index) => {
        const view = views[index];
        return (
          <label key={pem} className={classes.choice} data-chosen={pem === value || undefined}>
            <input type="radio" name={name} checked={pem === value} onChange={() => onChoose(pem, true)} />
            <span className={classes.text}>
              <strong>{view ? view.subject : read[index]?.isPending ? text.reading : text.unreadable}</strong>
              <span className={classes.facts}>{view && factsOf(view, index === leaf, file).join(' · ')}</span>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

function factsOf(view: CertificateView, isLeaf: boolean, file: string | undefined): string[] {
  const role = isLeaf ? text.leaf : view.isCa ? text.authority : null;
  return [role, view.selfSigned ? null : text.issuedBy(view.issuer), file ?? null].filter((fact) => fact !== null);
}

/** Place of the certificate that issued none of the others and is no authority if there is such a one; -1: none can be read. */
export function leafOf(views: (Pick<CertificateView, 'subject' | 'issuer' | 'isCa'> | null)[]): number {
  const issuers = new Set(views.map((view) => (view !== null && view.issuer !== view.subject ? view.issuer : null)));
  const isEnd = (view: (typeof views)[number]) => view !== null && !issuers.has(view.subject);
  const best = views.findIndex((view) => isEnd(view) && view?.isCa === false);
  return best >= 0 ? best : views.findIndex(isEnd);
}
