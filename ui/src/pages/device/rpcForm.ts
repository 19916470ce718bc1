import { parseJson, writeJson } from '../../api/json';
import type { CallRequest } from '../../api/rpc';
import { deviceText } from '../../text/en/device';

const text = deviceText.rpc;

/** What is typed into the form; numbers as text, so that they can be empty while they are typed. */
export interface CallForm {
  method: string;
  params: string;
  isOneWay: boolean;
  timeout: string;
  isPersistent: boolean;
  /** Seconds that a persistent call is kept. */
  keptFor: number;
  retries: string;
}

export const emptyForm: CallForm = {
  method: '',
  params: '',
  isOneWay: false,
  timeout: '10',
  isPersistent: false,
  keptFor: 3600,
  retries: '0',
};

export type CallFaults = Partial<Record<'method' | 'params' | 'timeout' | 'retries', string>>;

const isNumber = (value: string, min: number, max: number): boolean =>
  /^\d+$/.test(value.trim()) && Number(value) >= min && Number(value) <= max;

/** Null without a fault, else why it is not JSON. */
export function jsonFault(params: string): string | null {
  if (params.trim() === '') return null;
  try {
    parseJson(params);
    return null;
  } catch (error) {
    return text.notJson(error instanceof Error ? error.message : String(error));
  }
}

export function faultsOf(form: CallForm): CallFaults {
  const faults: CallFaults = {};
  if (form.method.trim() === '') faults.method = text.missingMethod;
  const json = jsonFault(form.params);
  if (json !== null) faults.params = json;
  if (!isNumber(form.timeout, 1, 86_400)) faults.timeout = text.badTimeout;
  if (form.isPersistent && !isNumber(form.retries, 0, 1000)) faults.retries = text.badRetries;
  return faults;
}

/** The call's body, of a form without faults. */
export function requestOf(form: CallForm, now: number): CallRequest {
  const body: CallRequest = {
    method: form.method.trim(),
    params: form.params.trim() === '' ? null : parseJson(form.params),
    timeout: Number(form.timeout) * 1000,
  };
  if (!form.isPersistent) return body;
  return { ...body, persistent: true, expirationTime: now + form.keptFor * 1000, retries: Number(form.retries) };
}

/** JSON for people: in lines when it is long. */
export function shownJson(value: unknown): string {
  const brief = writeJson(value) ?? '';
  return brief.length > 60 && typeof value === 'object' ? writeJson(value, 2) : brief;
}

export const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
