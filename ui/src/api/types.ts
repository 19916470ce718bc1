/** The JSON of the REST API, as far as the page uses it. Times are milliseconds since 1970, UTC. */

export interface EntityId {
  entityType: string;
  id: string;
}

export interface Page<T> {
  data: T[];
  totalPages: number;
  totalElements: number;
  hasNext: boolean;
}

export type SortOrder = 'ASC' | 'DESC';

export interface PageQuery {
  page: number;
  pageSize: number;
  textSearch?: string | undefined;
  sortProperty?: string | undefined;
  sortOrder?: SortOrder | undefined;
}

export interface User {
  id: EntityId;
  tenantId: EntityId;
  customerId?: EntityId | null;
  email: string;
  authority: string;
  firstName?: string | null;
  lastName?: string | null;
}

export interface DeviceInfoExtra {
  gateway?: boolean;
  description?: string;
  [other: string]: unknown;
}

export interface Device {
  id: EntityId;
  createdTime: number;
  tenantId: EntityId;
  customerId?: EntityId | null;
  name: string;
  type: string;
  label?: string | null;
  deviceProfileId?: EntityId | null;
  deviceProfileName?: string | null;
  additionalInfo?: DeviceInfoExtra | null;
  version?: number;
  /** In lists and in /api/device/info only. */
  active?: boolean;
  lastActivityTime?: number | null;
}

export interface NewDevice {
  name: string;
  type?: string;
  label?: string;
  additionalInfo?: DeviceInfoExtra;
}

export type CredentialsType = 'ACCESS_TOKEN' | 'X509_CERTIFICATE' | 'MQTT_BASIC';

export interface Credentials {
  id: { id: string };
  createdTime: number;
  deviceId: EntityId;
  credentialsType: CredentialsType;
  credentialsId: string;
  credentialsValue: string | null;
  version?: number;
}

export interface NewCredentials {
  credentialsType: CredentialsType;
  credentialsId?: string;
  credentialsValue?: string;
}

export interface EntityGroup {
  id: EntityId;
  name: string;
  type: string;
  ownerId?: EntityId | null;
  groupAll?: boolean;
}

export interface CertificateView {
  subject: string;
  issuer: string;
  serial: string;
  notBefore: number;
  notAfter: number;
  keyType: string;
  signatureAlgorithm: string;
  sans: string[];
  fingerprints: { sha3_256_base64: string; sha256: string };
  isCa: boolean;
  selfSigned: boolean;
}

export interface CertificateProblem {
  severity: 'error' | 'warning';
  field: string;
  message: string;
}

export interface Inspection {
  certificate: CertificateView | null;
  problems: CertificateProblem[];
}

/** bigint: an integer beyond 2^53. */
export type TelemetryValue = string | number | bigint | boolean | null | object;

/** Latest values: one entry per key, with one point each. */
export type LatestTelemetry = Record<string, { ts: number; value: TelemetryValue }[]>;

export type AttributeScope = 'CLIENT_SCOPE' | 'SHARED_SCOPE' | 'SERVER_SCOPE';

export interface Attribute {
  lastUpdateTs: number;
  key: string;
  value: TelemetryValue;
}

/** Commands per transport; a transport's entry is one command, a list of them, or a further level such as "docker". */
export type ConnectivityEntry = string | string[] | { [name: string]: ConnectivityEntry };
export type Connectivity = Record<string, ConnectivityEntry>;
