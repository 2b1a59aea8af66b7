import { describe, expect, it } from 'vitest';
import { parseDeadLetter, parseOriginalJob } from './dead-letter.ts';

const job = { name: 'resize', data: '{"a":1}', opts: '{}', timestamp: '1764000000000' };

describe('the hash of a dead letter', () => {
  it('is read whole', () => {
    const attempt = { attempt: 1, host: 'a', version: '', startedAt: 5, ms: 7, reason: 'x' };
    const letter = parseDeadLetter('photos', '17', {
      originalJob: JSON.stringify({ ...job, parentKey: 'bull:p:1', progress: '5' }),
      ...{ failureReason: 'x', failedAt: '1764000000001', attemptsMade: '3', jobName: 'resize' },
      ...{
        type: 'TypeError',
        message: 'x',
        stack: 's',
        fingerprint: 'ab',
        host: 'a',
        version: '1',
      },
      ...{ history: JSON.stringify([attempt]), state: 'replayed', deaths: '2', via: 'reconciler' },
      ...{ replayedAt: '1764000000002', replayedBy: 'bulk-1' },
    });
    expect(letter).toEqual({
      ...{ queue: 'photos', jobId: '17', jobName: 'resize', state: 'replayed' },
      ...{ failureReason: 'x', failedAt: 1764000000001, attemptsMade: 3, type: 'TypeError' },
      ...{ message: 'x', stack: 's', fingerprint: 'ab', host: 'a', version: '1', deaths: 2 },
      ...{ history: [attempt], via: 'reconciler', replayedAt: 1764000000002, replayedBy: 'bulk-1' },
      originalJob: { ...job, parentKey: 'bull:p:1' },
    });
  });

  it('that is not there is none', () => {
    expect(parseDeadLetter('photos', '17', {})).toBeUndefined();
  });

  it('of another version or half of it is read as far as it goes', () => {
    const letter = parseDeadLetter('photos', '17', {
      ...{ failedAt: 'soon', attemptsMade: '', state: 'buried', history: '{"not":"a list"}' },
      originalJob: '{"name":',
    });
    expect(letter).toMatchObject({
      ...{ failedAt: 0, attemptsMade: 0, state: 'dead', deaths: 1, via: 'worker', history: [] },
      originalJob: undefined,
    });
    const history = JSON.stringify([null, 7, { attempt: '2', startedAt: null, reason: 5 }]);
    expect(parseDeadLetter('photos', '17', { failedAt: '1', history })?.history).toEqual([
      { attempt: 2, host: '', version: '', startedAt: null, ms: null, reason: '' },
    ]);
  });
});

describe('the original job', () => {
  it.each([
    undefined,
    '',
    'null',
    '[]',
    '{}',
    '{"name":"a","data":"{}","opts":"{}"}',
    '{"name":1}',
  ])('of %s cannot be added again', (text) => expect(parseOriginalJob(text)).toBeUndefined());
});
