import type { Refusal } from '../../api/refusals';
import { operations } from '../../text/en/operations';

/** The common name of a subject such as "CN=pump 7, O=Works"; the subject itself when it has none. */
export function commonName(subject: string): string {
  const found = /(?:^|[,/+]\s*)CN\s*=\s*((?:\\.|[^,/+\\])+)/i.exec(subject);
  return found?.[1]?.replace(/\\(.)/g, '$1').trim() ?? subject;
}

/** What a refused one is called: the device it is, the name in its certificate, or what else it said of itself. */
export function nameOf(entry: Pick<Refusal, 'deviceName' | 'subject' | 'clientId' | 'fingerprint'>): string {
  if (entry.deviceName) return entry.deviceName;
  if (entry.subject) return commonName(entry.subject);
  if (entry.clientId) return entry.clientId;
  return entry.fingerprint ? `${entry.fingerprint.slice(0, 12)}…` : operations.door.noCertificate;
}

/** Without the port, which is another one each time. */
export const hostOf = ({ address = '' }: Pick<Refusal, 'address'>): string => address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
