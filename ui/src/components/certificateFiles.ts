import { certificatesIn, MAX_CERTIFICATE_BYTES, recogniseBytes, type Recognised } from '../api/pem';
import type { Candidate } from './CertificateChoice';

/** Certificates looked at together; a chain has three or four. */
export const MAX_CANDIDATES = 12;

export interface Taken {
  candidates: Candidate[];
  /** Names of files with a private key: of those nothing is kept. */
  keyFiles: string[];
  refusal: 'private-key' | 'too-large' | 'unreadable' | null;
  isCut: boolean;
}

export const nothing: Taken = { candidates: [], keyFiles: [], refusal: null, isCut: false };

/** A text is one candidate, unless it holds several certificates. */
export function candidatesOf(text: string, file?: string): Candidate[] {
  const found = certificatesIn(text);
  return found.length > 1 ? found.map((pem) => ({ pem, file })) : [{ pem: text, file }];
}

export function takeText(found: Recognised): Taken {
  if (found.kind === 'private-key' || found.kind === 'too-large') return { ...nothing, refusal: found.kind };
  return found.kind === 'text' ? limited(candidatesOf(found.text), []) : nothing;
}

/** What is in the files; with a certificate among them, those that cannot be taken do not stand in its way. */
export async function takeFiles(files: File[]): Promise<Taken> {
  const candidates: Candidate[] = [];
  const keyFiles: string[] = [];
  let refusal: Taken['refusal'] = null;
  for (const file of files.slice(0, MAX_CANDIDATES)) {
    const found = await recogniseFile(file);
    if (found.kind === 'text') candidates.push(...candidatesOf(found.text, file.name));
    if (found.kind === 'private-key') keyFiles.push(file.name);
    if (found.kind !== 'text' && found.kind !== 'empty') refusal ??= found.kind;
  }
  if (candidates.length === 0) return { ...nothing, refusal };
  return limited(candidates, keyFiles);
}

async function recogniseFile(file: File): Promise<Recognised | { kind: 'unreadable' }> {
  if (file.size > MAX_CERTIFICATE_BYTES) return { kind: 'too-large' };
  try {
    return recogniseBytes(new Uint8Array(await file.arrayBuffer()));
  } catch {
    return { kind: 'unreadable' };
  }
}

/** Each once: the same may be in a chain and in a file of its own. */
function limited(all: Candidate[], keyFiles: string[]): Taken {
  const unique = [...new Map(all.map((one) => [one.pem.replace(/\s+/g, ''), one])).values()];
  return { candidates: unique.slice(0, MAX_CANDIDATES), keyFiles, refusal: null, isCut: unique.length > MAX_CANDIDATES };
}
