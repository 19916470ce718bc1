import { expect, test } from 'vitest';
import type { DeviceEvent, Refusal } from '../../api/deviceEvents';
import { isNamed, troubleOf } from './doorWatch';

const event = (type: DeviceEvent['type'], ts: number) => ({ type, ts, number: ts }) as DeviceEvent;
const stranger = (subject: string, ts: number) => ({ type: 'REFUSED', ts, number: ts, subject }) as Refusal;
const watch = (events: DeviceEvent[], strangers: Refusal[] = []) => ({ events, strangers, error: null });

test('who has the name of the device', () => {
  expect(isNamed({ subject: 'O=Plant, CN = pump' }, 'pump')).toBe(true);
  expect(isNamed({ subject: 'CN=pump-2' }, 'pump')).toBe(false);
  expect(isNamed({ clientId: 'pump' }, 'pump')).toBe(true);
  expect(isNamed({ subject: 'CN=' }, undefined)).toBe(false);
});

test('the newest refusal is told until the device gets in', () => {
  expect(troubleOf(watch([]), 'pump', false)).toBeNull();
  expect(troubleOf(watch([event('REFUSED', 5)]), 'pump', false)?.kind).toBe('device');
  expect(troubleOf(watch([event('CONNECTED', 7), event('REFUSED', 5)]), 'pump', false)).toBeNull();
  expect(troubleOf(watch([event('DISCONNECTED', 9), event('MESSAGE_REFUSED', 8), event('CONNECTED', 7)]), 'pump', false)?.kind).toBe('message');
});

test('strangers count while nobody came, those of its name always', () => {
  expect(troubleOf(watch([], [stranger('CN=x', 3)]), 'pump', false)?.kind).toBe('stranger');
  expect(troubleOf(watch([], [stranger('CN=x', 3)]), 'pump', true)).toBeNull();
  expect(troubleOf(watch([event('CONNECTED', 2)], [stranger('CN=pump', 3)]), 'pump', true)?.kind).toBe('named');
  expect(troubleOf(watch([event('CONNECTED', 4)], [stranger('CN=pump', 3)]), 'pump', false)).toBeNull();
});
