import { describe, expect, it } from 'vitest';
import { describe as tell } from '../../../functions/runtime/errors.ts';

describe('an error, told to a person', () => {
  it('is its code, or its name, and its message', () => {
    expect(tell(Object.assign(new Error('no such table'), { code: '42P01' }))).toBe('42P01: no such table');
    expect(tell(new TypeError('x is not a function'))).toBe('TypeError: x is not a function');
    expect(tell(new Error('plain'))).toBe('plain');
  });

  it('does not say its kind twice', () => {
    expect(tell(Object.assign(new Error('ECONNRESET while reading'), { code: 'ECONNRESET' }))).toBe(
      'ECONNRESET while reading',
    );
  });

  it('is what the first address said where a host has several', () => {
    const first = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
    expect(tell(new AggregateError([first, new Error('second')]))).toBe('ECONNREFUSED: connect ECONNREFUSED ::1:1');
  });

  it('F16 never shows what else hangs on it, nor a thrown value that is no error', () => {
    const error = Object.assign(new Error('refused'), {
      request: { headers: { authorization: 'canary' } },
      password: 'canary',
    });
    expect(tell(error)).toBe('refused');
    expect(tell('canary')).toBe('an unknown error');
    expect(tell({ message: 'canary' })).toBe('an unknown error');
  });
});
