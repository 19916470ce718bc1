import { describe, expect, it } from 'vitest';
import { ApiError, errorFromBody, fieldOf, isNotFound, messageOf } from './errors';

describe('errorFromBody', () => {
  it('keeps the sentence, the code and the field of the documented form', () => {
    const body = '{"status":400,"message":"Device with such name already exists!","errorCode":31,"timestamp":1,"field":"name"}';
    const error = errorFromBody(400, body);
    expect(error).toMatchObject({ status: 400, code: 31, message: 'Device with such name already exists!', field: 'name' });
  });

  it.each(['<html>502</html>', '', '[]', 'null', '{"message":5}', '{"message":""}'])('has a sentence for %s', (body) => {
    const error = errorFromBody(502, body);
    expect(error.message).toContain('502');
    expect(error.code).toBeNull();
  });
});

describe('fieldOf', () => {
  const of = (message: string, field: string | null = null) => fieldOf(new ApiError(400, 30, message, field));

  it('finds the form field of the known sentences', () => {
    expect(of('Device with such name already exists!')).toBe('name');
    expect(of('Specified credentials are already registered!')).toBe('token');
    expect(of('The certificate expired on 2025-01-01.')).toBe('certificate');
    expect(of('This certificate is already registered to device "a name".')).toBe('certificate');
    expect(of('Something else went wrong')).toBeNull();
  });

  it('believes the server first', () => {
    expect(of('any name', 'label')).toBe('label');
    expect(of('any name', 'credentialsValue')).toBe('certificate');
    expect(of('any', 'credentialsId')).toBe('token');
  });

  it('knows nothing of other errors', () => {
    expect(fieldOf(new Error('name'))).toBeNull();
    expect(fieldOf(null)).toBeNull();
  });
});

it('tells a missing thing from other refusals', () => {
  expect(isNotFound(new ApiError(404, 32, 'gone'))).toBe(true);
  expect(isNotFound(new ApiError(400, 31, 'bad'))).toBe(false);
  expect(isNotFound(null)).toBe(false);
  expect(messageOf('text')).toBe('text');
});
