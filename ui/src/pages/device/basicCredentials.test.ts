import { expect, test } from 'vitest';
import type { Credentials } from '../../api/types';
import { basicOf, basicValue } from './basicCredentials';

const kept = (credentialsType: string, credentialsValue: string | null) => ({ credentialsType, credentialsValue }) as Credentials;

test('MQTT basic credentials are read as they are written', () => {
  const basic = { clientId: '', userName: 'pump "7"', password: 'p' };
  expect(basicValue(basic)).toBe('{"userName":"pump \\"7\\"","password":"p"}');
  expect(basicOf(kept('MQTT_BASIC', basicValue(basic)))).toEqual(basic);
  const none = { clientId: '', userName: '', password: '' };
  for (const value of [null, '{', '{"userName":7}']) expect(basicOf(kept('MQTT_BASIC', value))).toEqual(none);
  expect(basicOf(kept('ACCESS_TOKEN', '{"userName":"a"}'))).toEqual(none);
});
