import { useInspection, type InspectionState } from '../../components/useInspection';
import { text } from '../../text/en/profiles';

/** The server keeps the authority as bare base64. */
export const asPem = (kept: string): string =>
  kept === '' || kept.includes('-----') ? kept : `-----BEGIN CERTIFICATE-----\n${kept.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

/** Reads a pasted certificate as an authority's: being one is what is wanted here, and not being one is what is wrong. */
export function useAuthority(certificate: string): InspectionState {
  const found = useInspection(asPem(certificate));
  const problems = found.problems.filter(({ field }) => field !== 'isCa' && field !== 'credentialsId');
  if (found.certificate !== null && !found.certificate.isCa) {
    problems.unshift({ severity: 'error', field: 'isCa', message: text.provision.notAuthority });
  }
  return { ...found, problems, refused: problems.some(({ severity }) => severity === 'error') };
}
