import { expect, test } from 'vitest';
import { fileSize, firmwareState } from './firmwareState';

const point = (value: string, ts = 1) => [{ ts, value }];

test('the state of firmware and of software are told apart', () => {
  const latest = { fw_state: point('DOWNLOADING', 7), sw_state: point('FAILED'), sw_error: point('no room'), current_fw_version: point('1.2') };
  expect(firmwareState(latest, 'FIRMWARE')).toEqual({ state: 'DOWNLOADING', ts: 7, error: null, current: '1.2', at: 2 });
  expect(firmwareState(latest, 'SOFTWARE')).toMatchObject({ state: 'FAILED', error: 'no room', current: null, at: -1 });
  expect(firmwareState({}, 'FIRMWARE')).toEqual({ state: null, ts: 0, error: null, current: null, at: -1 });
});

test('sizes of files', () => {
  expect([12, 2048, 3 * 1024 * 1024].map(fileSize)).toEqual(['12 B', '2.0 KiB', '3.0 MiB']);
});
