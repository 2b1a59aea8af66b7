/** Reading recorded traces. */
import { describe, expect, it } from 'vitest';
import { parseTrace } from './trace.ts';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';

describe('a trace', () => {
  it('becomes jobs in order, counted from the first stamp', () => {
    const workload = parseTrace(
      [
        HEADER,
        '2023-11-16 23:59:59.9000000,4000,10',
        '2023-11-17 00:00:01.4000000,100,50',
        '2023-11-16 23:59:59.6500000,0,0',
        '',
      ].join('\r\n'),
    );
    expect([...workload.readyAt].map((at) => Number(at.toFixed(3)))).toEqual([0, 0.25, 1.75]);
    // 0.25 ms a token read, 20 ms a token written, 5 ms at least.
    expect([...workload.serviceSeconds]).toEqual([0.005, 1.2, 1.025]);
    expect(workload).toMatchObject({ name: 'trace', waitSeconds: 5, horizonSeconds: 3600 });
  });

  it('that is something else is refused with its line', () => {
    expect(() => parseTrace('a,b\n1,2')).toThrow('a trace begins with "TIMESTAMP,');
    expect(() => parseTrace(`${HEADER}\n`)).toThrow('the trace has no rows');
    for (const line of [
      'yesterday,1,2',
      '2023-11-16 18:17:03.97,-1,2',
      '2023-11-16 18:17:03,1',
      '2023-11-16 18:17:03,x,2',
    ]) {
      expect(() => parseTrace(`${HEADER}\n2023-11-16 18:17:03,1,2\n${line}`)).toThrow('line 3');
    }
  });
});
