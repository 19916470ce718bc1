import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { inspectCertificate } from '../api/certificates';
import { isNotFound } from '../api/errors';
import { recogniseText } from '../api/pem';
import type { CertificateProblem, CertificateView } from '../api/types';

export interface InspectionState {
  reading: boolean;
  certificate: CertificateView | null;
  problems: CertificateProblem[];
  /** The server would refuse it. */
  refused: boolean;
  error: Error | null;
}

export const inspectionKey = (certificate: string, deviceId?: string) => ['inspection', deviceId ?? '', certificate] as const;

/** Lets the server read a certificate text before it is saved. A private key is never among what it is sent. */
export function useInspection(certificate: string, deviceId?: string): InspectionState {
  const [settled] = useDebouncedValue(certificate, 250);
  const wanted = settled !== '' && recogniseText(settled).kind === 'text';
  const query = useQuery({
    queryKey: inspectionKey(settled, deviceId),
    queryFn: ({ signal }) => inspectCertificate(settled, deviceId, signal),
    enabled: wanted && certificate !== '',
    staleTime: 0,
    gcTime: 0,
  });

  const fresh = certificate !== '' && settled === certificate;
  const problems = fresh ? (query.data?.problems ?? []) : [];
  return {
    reading: certificate !== '' && (!fresh || query.isFetching),
    certificate: fresh ? (query.data?.certificate ?? null) : null,
    problems,
    refused: problems.some((problem) => problem.severity === 'error'),
    // A server without this service still checks when it saves.
    error: fresh && !isNotFound(query.error) ? query.error : null,
  };
}
