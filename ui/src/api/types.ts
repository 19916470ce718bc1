/** Short names for the JSON of the REST API. Times are milliseconds since 1970, UTC. */
import type { paths } from './schema';
import type { Schemas } from './operations';

export type EntityId = Schemas['EntityId'];
export type Device = Schemas['Device'];
export type DeviceInfo = Schemas['DeviceInfo'];
/** What the page and ThingsBoard's keep in a device's `additionalInfo`. */
export interface DeviceExtra {
  gateway?: boolean;
  description?: string;
}
export const extraOf = (device: Device): DeviceExtra => device.additionalInfo ?? {};

export type NewDevice = Schemas['DeviceSave'];
export type Credentials = Schemas['Credentials'];
export type CredentialsType = Schemas['CredentialsType'];
export type NewCredentials = Schemas['CredentialsNew'];
export type EntityGroupInfo = Schemas['EntityGroupInfo'];
export type NewGroup = Schemas['EntityGroupSave'];
export type GroupShare = Schemas['GroupShare'];
export type Customer = Schemas['Customer'];
export type DeviceFilter = NonNullable<Schemas['DeviceAction']['filter']>;
export type DeviceActionResult = Schemas['DeviceActionResult'];
export type ImportResult = Schemas['BulkImportResult'];
export type CertificateView = Schemas['Certificate'];
export type Inspection = Schemas['CertificateInspection'];
export type CertificateProblem = Inspection['problems'][number];
export type Attribute = Schemas['Attribute'];
export type PasswordPolicy = Schemas['PasswordPolicy'];
export type User = Schemas['User'];

export interface Page<T> {
  data: T[];
  totalPages: number;
  totalElements: number;
  hasNext: boolean;
}

export type SortOrder = 'ASC' | 'DESC';
export type DeviceQuery = paths['/api/entityGroup/{entityGroupId}/devices']['get']['parameters']['query'];

/** bigint: an integer beyond 2^53. */
export type TelemetryValue = string | number | bigint | boolean | null | object;

/** Latest values: one entry per key, with one point each. */
export type LatestTelemetry = Record<string, { ts: number; value: TelemetryValue }[]>;

export type AttributeScope = 'CLIENT_SCOPE' | 'SHARED_SCOPE' | 'SERVER_SCOPE';

/** Commands per transport; a transport's entry is one command, a list of them, or a further level such as "docker". */
export type ConnectivityEntry = string | string[] | { [name: string]: ConnectivityEntry };
export type Connectivity = Record<string, ConnectivityEntry>;
