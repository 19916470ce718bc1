import { expect, it } from 'vitest';
import type { Profile } from '../../api/deviceProfiles';
import { bodyOf, newProfile, valuesOf } from './profileForm';

const stored = {
  id: { entityType: 'DEVICE_PROFILE', id: '1' },
  name: 'pump',
  description: null,
  transportType: 'MQTT',
  provisionType: 'X509_CERTIFICATE_CHAIN',
  provisionDeviceKey: 'fingerprint',
  firmwareId: { entityType: 'OTA_PACKAGE', id: 'f' },
  softwareId: null,
  default: true,
  version: 7,
  profileData: {
    configuration: { type: 'DEFAULT', inactivityTimeout: 600000, telemetryTtlSeconds: 0, other: 1 },
    transportConfiguration: {
      type: 'MQTT',
      deviceTelemetryTopic: 't/+',
      deviceAttributesTopic: 'a',
      deviceAttributesSubscribeTopic: 's',
      sendAckOnValidationException: true,
      transportPayloadTypeConfiguration: { transportPayloadType: 'PROTOBUF', deviceTelemetryProtoSchema: 'x', deviceAttributesProtoSchema: 'y' },
    },
    provisionConfiguration: {
      type: 'X509_CERTIFICATE_CHAIN',
      provisionDeviceSecret: 'MIIB',
      certificateRegExPattern: '(.*)',
      allowCreateNewDevicesByX509Certificate: false,
    },
    alarms: [{ kept: true }],
  },
} as unknown as Profile;

it('saves what it read, and keeps what it does not know', () => {
  const body = bodyOf(valuesOf(stored), stored);
  expect(body.profileData).toMatchObject(stored.profileData as object);
  expect(body).toMatchObject({ version: 7, default: true, firmwareId: { id: 'f' }, softwareId: null });
});

it('leaves nothing of a strategy or a transport behind that is not chosen', () => {
  const body = bodyOf({ ...valuesOf(stored), transportType: 'DEFAULT', provisionType: 'DISABLED', inactivity: null, ttl: null }, stored);
  expect(body.profileData).toEqual({
    configuration: { type: 'DEFAULT', other: 1 },
    transportConfiguration: { type: 'DEFAULT' },
    provisionConfiguration: { type: 'DISABLED', provisionDeviceSecret: null },
    alarms: [{ kept: true }],
  });
  expect(body.provisionDeviceKey).toBeNull();
});

it('sends no id and no version for a new profile', () => {
  expect(bodyOf({ ...newProfile, name: ' new ' }, null)).toMatchObject({ name: 'new' });
  expect(bodyOf(newProfile, null)).not.toHaveProperty('version');
});
