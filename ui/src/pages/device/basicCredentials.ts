import type { Credentials } from '../../api/types';

/** MQTT client id, user name and password; empty: any. */
export interface BasicCredentials {
  clientId: string;
  userName: string;
  password: string;
}

const names = ['clientId', 'userName', 'password'] as const;

/** As saved; all empty for credentials of another kind. */
export function basicOf({ credentialsType, credentialsValue }: Credentials): BasicCredentials {
  const basic: BasicCredentials = { clientId: '', userName: '', password: '' };
  if (credentialsType !== 'MQTT_BASIC' || !credentialsValue) return basic;
  try {
    const kept = JSON.parse(credentialsValue) as Partial<Record<string, unknown>>;
    for (const name of names) if (typeof kept[name] === 'string') basic[name] = kept[name];
  } catch {
    // What cannot be read is shown as empty, and replaced by what is typed.
  }
  return basic;
}

/** The `credentialsValue` for it: members that are empty are left out. */
export const basicValue = (basic: BasicCredentials): string =>
  JSON.stringify(Object.fromEntries(names.filter((name) => basic[name] !== '').map((name) => [name, basic[name]])));

export const isSame = (a: BasicCredentials, b: BasicCredentials): boolean => names.every((name) => a[name] === b[name]);
