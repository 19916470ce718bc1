import type { Profile, ProfileSave, ProvisionType } from '../../api/deviceProfiles';

/** The form of a profile: flat, where the API nests; names are those of the API, since its errors name them. */
export interface ProfileValues {
  name: string;
  description: string;
  transportType: 'DEFAULT' | 'MQTT';
  deviceTelemetryTopic: string;
  deviceAttributesTopic: string;
  deviceAttributesSubscribeTopic: string;
  payload: 'JSON' | 'PROTOBUF';
  deviceTelemetryProtoSchema: string;
  deviceAttributesProtoSchema: string;
  deviceRpcRequestProtoSchema: string;
  deviceRpcResponseProtoSchema: string;
  enableCompatibilityWithJsonPayloadFormat: boolean;
  useJsonPayloadFormatForDefaultDownlinkTopics: boolean;
  sendAckOnValidationException: boolean;
  provisionType: ProvisionType;
  provisionDeviceKey: string;
  provisionDeviceSecret: string;
  /** PEM, or what the server kept of it. */
  authority: string;
  certificateRegExPattern: string;
  allowCreateNewDevicesByX509Certificate: boolean;
  /** Seconds; null: not said; undefined: what is typed is no number. */
  inactivity: number | null | undefined;
  ttl: number | null | undefined;
  firmwareId: string;
  softwareId: string;
}

export type ChangeValues = (part: Partial<ProfileValues>) => void;

/** Fields that an error of the server may be about. */
export const profileFields = [
  'name',
  'description',
  'deviceTelemetryTopic',
  'deviceAttributesTopic',
  'deviceAttributesSubscribeTopic',
  'deviceTelemetryProtoSchema',
  'deviceAttributesProtoSchema',
  'deviceRpcRequestProtoSchema',
  'deviceRpcResponseProtoSchema',
  'provisionDeviceKey',
  'provisionDeviceSecret',
  'certificateRegExPattern',
  'inactivityTimeout',
  'telemetryTtlSeconds',
  'firmwareId',
  'softwareId',
] as const;
export type ProfileField = (typeof profileFields)[number];

export const TELEMETRY_TOPIC = 'v1/devices/me/telemetry';
export const ATTRIBUTES_TOPIC = 'v1/devices/me/attributes';

export const newProfile: ProfileValues = {
  name: '',
  description: '',
  transportType: 'DEFAULT',
  deviceTelemetryTopic: TELEMETRY_TOPIC,
  deviceAttributesTopic: ATTRIBUTES_TOPIC,
  deviceAttributesSubscribeTopic: ATTRIBUTES_TOPIC,
  payload: 'JSON',
  deviceTelemetryProtoSchema: '',
  deviceAttributesProtoSchema: '',
  deviceRpcRequestProtoSchema: '',
  deviceRpcResponseProtoSchema: '',
  enableCompatibilityWithJsonPayloadFormat: false,
  useJsonPayloadFormatForDefaultDownlinkTopics: false,
  sendAckOnValidationException: false,
  provisionType: 'DISABLED',
  provisionDeviceKey: '',
  provisionDeviceSecret: '',
  authority: '',
  certificateRegExPattern: '(.*)',
  allowCreateNewDevicesByX509Certificate: true,
  inactivity: null,
  ttl: null,
  firmwareId: '',
  softwareId: '',
};

const isChain = (type: ProvisionType): boolean => type === 'X509_CERTIFICATE_CHAIN';

/** Nothing said (null or absent) falls back to what a new profile has. */
function given<T extends object>(part: Record<string, unknown> | undefined, defaults: T): T {
  const names = Object.keys(defaults) as (keyof T & string)[];
  return Object.fromEntries(names.map((name) => [name, part?.[name] ?? defaults[name]])) as T;
}

export function valuesOf(profile: Profile): ProfileValues {
  const { configuration, transportConfiguration: transport, provisionConfiguration: provision } = profile.profileData;
  const payload = transport?.transportPayloadTypeConfiguration;
  const chain = isChain(profile.provisionType);
  const secret = provision?.provisionDeviceSecret ?? '';
  const timeout = configuration?.inactivityTimeout;
  return {
    ...newProfile,
    ...given(transport, topicsOf(newProfile)),
    ...given(payload, schemasOf(newProfile)),
    name: profile.name,
    description: profile.description ?? '',
    transportType: profile.transportType,
    payload: payload?.transportPayloadType ?? 'JSON',
    provisionType: profile.provisionType,
    provisionDeviceKey: chain ? '' : (profile.provisionDeviceKey ?? ''),
    provisionDeviceSecret: chain ? '' : secret,
    authority: chain ? secret : '',
    ...(chain && {
      certificateRegExPattern: provision?.certificateRegExPattern ?? '',
      allowCreateNewDevicesByX509Certificate: provision?.allowCreateNewDevicesByX509Certificate ?? false,
    }),
    inactivity: timeout ? Math.round(timeout / 1000) : null,
    ttl: configuration?.telemetryTtlSeconds ?? null,
    firmwareId: profile.firmwareId?.id ?? '',
    softwareId: profile.softwareId?.id ?? '',
  };
}

const topicsOf = (v: ProfileValues) => ({
  deviceTelemetryTopic: v.deviceTelemetryTopic,
  deviceAttributesTopic: v.deviceAttributesTopic,
  deviceAttributesSubscribeTopic: v.deviceAttributesSubscribeTopic,
  sendAckOnValidationException: v.sendAckOnValidationException,
});

const schemasOf = (v: ProfileValues) => ({
  deviceTelemetryProtoSchema: v.deviceTelemetryProtoSchema,
  deviceAttributesProtoSchema: v.deviceAttributesProtoSchema,
  deviceRpcRequestProtoSchema: v.deviceRpcRequestProtoSchema,
  deviceRpcResponseProtoSchema: v.deviceRpcResponseProtoSchema,
  enableCompatibilityWithJsonPayloadFormat: v.enableCompatibilityWithJsonPayloadFormat,
  useJsonPayloadFormatForDefaultDownlinkTopics: v.useJsonPayloadFormatForDefaultDownlinkTopics,
});

type Data = NonNullable<ProfileSave['profileData']>;

function transportOf(v: ProfileValues): Data['transportConfiguration'] {
  if (v.transportType === 'DEFAULT') return { type: 'DEFAULT' };
  const payload = v.payload === 'JSON' ? {} : schemasOf(v);
  return { type: 'MQTT', ...topicsOf(v), transportPayloadTypeConfiguration: { transportPayloadType: v.payload, ...payload } };
}

function provisionOf(v: ProfileValues): Data['provisionConfiguration'] {
  const type = v.provisionType;
  if (type === 'DISABLED') return { type, provisionDeviceSecret: null };
  if (!isChain(type)) return { type, provisionDeviceSecret: v.provisionDeviceSecret.trim() };
  const { certificateRegExPattern, allowCreateNewDevicesByX509Certificate } = v;
  return { type, provisionDeviceSecret: v.authority, certificateRegExPattern, allowCreateNewDevicesByX509Certificate };
}

/** The times; members of the configuration that the form does not know are kept. */
function configurationOf(v: ProfileValues, base: Profile | null): Data['configuration'] {
  const kept: Record<string, unknown> = { ...base?.profileData.configuration, type: 'DEFAULT' };
  delete kept.inactivityTimeout;
  delete kept.telemetryTtlSeconds;
  if (v.inactivity) kept.inactivityTimeout = v.inactivity * 1000;
  if (v.ttl !== null && v.ttl !== undefined) kept.telemetryTtlSeconds = v.ttl;
  return kept;
}

const packageId = (id: string) => (id === '' ? null : ({ entityType: 'OTA_PACKAGE', id } as const));

/** `base`: what the edits began on, so that its version tells whether someone else saved since; null: a new profile. */
export function bodyOf(v: ProfileValues, base: Profile | null): ProfileSave {
  return {
    ...(base && { id: base.id, version: base.version, default: base.default }),
    name: v.name.trim(),
    description: v.description.trim(),
    type: 'DEFAULT',
    transportType: v.transportType,
    provisionType: v.provisionType,
    provisionDeviceKey: v.provisionType === 'DISABLED' || isChain(v.provisionType) ? null : v.provisionDeviceKey.trim(),
    firmwareId: packageId(v.firmwareId),
    softwareId: packageId(v.softwareId),
    profileData: {
      ...base?.profileData,
      configuration: configurationOf(v, base),
      transportConfiguration: transportOf(v),
      provisionConfiguration: provisionOf(v),
    },
  };
}
