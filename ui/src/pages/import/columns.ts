/** What the columns of an imported file mean: guessed, checked, and named as the server wants them in the first line. */
import { imports } from '../../text/en/imports';
import type { Delimiter } from './csv';

export type ColumnKind = keyof typeof imports.kinds;
export interface Column {
  kind: ColumnKind;
  /** Of attributes and telemetry. */
  key: string;
}

export const KINDS = Object.keys(imports.kinds) as ColumnKind[];
const MAX_COLUMNS = 128;
const REPEATED: readonly ColumnKind[] = ['IGNORE', 'SERVER_ATTRIBUTE', 'SHARED_ATTRIBUTE', 'TIMESERIES'];

export const hasKey = (kind: ColumnKind): boolean => kind !== 'IGNORE' && REPEATED.includes(kind);

const NAMES: Readonly<Record<string, ColumnKind>> = {
  name: 'NAME',
  devicename: 'NAME',
  device: 'NAME',
  type: 'TYPE',
  profile: 'TYPE',
  deviceprofile: 'TYPE',
  devicetype: 'TYPE',
  label: 'LABEL',
  gateway: 'IS_GATEWAY',
  isgateway: 'IS_GATEWAY',
  description: 'DESCRIPTION',
  accesstoken: 'ACCESS_TOKEN',
  token: 'ACCESS_TOKEN',
  x509: 'X509',
  x509certificate: 'X509',
  certificate: 'X509',
  cert: 'X509',
  pem: 'X509',
  mqttclientid: 'MQTT_CLIENT_ID',
  clientid: 'MQTT_CLIENT_ID',
  mqttusername: 'MQTT_USER_NAME',
  username: 'MQTT_USER_NAME',
  mqttpassword: 'MQTT_PASSWORD',
  password: 'MQTT_PASSWORD',
};

/** "floor" of "SHARED_ATTRIBUTE:floor", as the server itself names columns. */
function readHeading(heading: string): Column | null {
  const [head = '', ...rest] = heading.split(':');
  const kind = KINDS.find((one) => one === head.trim().toUpperCase());
  if (kind !== undefined && hasKey(kind)) return rest.length > 0 ? { kind, key: rest.join(':').trim() } : null;
  const known = kind ?? NAMES[heading.toLowerCase().replace(/[^a-z0-9]/g, '')];
  return known === undefined ? null : { kind: known, key: '' };
}

const isCertificate = (cell: string | undefined): boolean =>
  cell !== undefined && (cell.includes('-----BEGIN CERTIFICATE-----') || /^\s*MI[A-Za-z0-9+/=\s]{250,}$/.test(cell));

export const looksLikeHeader = (first: readonly string[]): boolean => first.some((cell) => readHeading(cell) !== null);

/** By the first line's names, if it has some, and by what stands in the rows; the rest is ignored. */
export function guessColumns(headings: readonly string[] | null, rows: readonly (readonly string[])[]): Column[] {
  const width = headings?.length ?? rows[0]?.length ?? 0;
  const columns: Column[] = [];
  const take = (column: Column): void => {
    const isTaken = !REPEATED.includes(column.kind) && columns.some(({ kind }) => kind === column.kind);
    columns.push(isTaken ? { kind: 'IGNORE', key: '' } : column);
  };
  for (let i = 0; i < width; i++) {
    const named = headings === null ? null : readHeading(headings[i] ?? '');
    const isLeaf = rows.some((row) => isCertificate(row[i]));
    take(named ?? { kind: isLeaf ? 'X509' : 'IGNORE', key: '' });
  }
  if (!columns.some(({ kind }) => kind === 'NAME') && headings === null) {
    const first = columns.find(({ kind }) => kind === 'IGNORE');
    if (first !== undefined) first.kind = 'NAME';
  }
  return columns;
}

/** Why it cannot be sent so; null: it can. */
export function checkColumns(columns: readonly Column[], nameOf: (index: number) => string): string | null {
  const { faults, kinds } = imports;
  if (columns.length > MAX_COLUMNS) return faults.tooMany;
  if (!columns.some(({ kind }) => kind === 'NAME')) return faults.noName;
  const keyless = columns.findIndex(({ kind, key }) => hasKey(kind) && key.trim() === '');
  if (keyless >= 0) return faults.noKey(nameOf(keyless));
  const seen = new Set<string>();
  for (const { kind, key } of columns) {
    const name = hasKey(kind) ? `${kinds[kind]}: ${key.trim()}` : kinds[kind];
    if (kind !== 'IGNORE' && seen.has(name)) return faults.twice(name);
    seen.add(name);
  }
  return null;
}

/** The first line that is sent in place of the file's own. */
export function headLine(columns: readonly Column[], delimiter: Delimiter): string {
  const names = columns.map(({ kind, key }) => (hasKey(kind) ? `${kind}:${key.trim()}` : kind));
  return `${names.map((name) => `"${name.replaceAll('"', '""')}"`).join(delimiter)}\n`;
}
