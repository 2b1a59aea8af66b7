/**
 * A telemetry of BullMQ's kind that keeps what it is told: spans with their parents, and measurements.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attributes, Span, SpanOptions, Telemetry } from 'bullmq';

/** A span as it was told. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: number | undefined;
  readonly attributes: Attributes;
  readonly events: readonly (readonly [name: string, attributes: Attributes | undefined])[];
  readonly parent: RecordedSpan | undefined;
  readonly isEnded: boolean;
}

/** One measurement of an instrument. */
export interface Measurement {
  readonly instrument: string;
  readonly value: number;
  readonly attributes: Attributes | undefined;
}

type Context = { readonly span?: RecordedSpan };

/** The telemetry, and what it was told. */
export interface RecordingTelemetry {
  readonly telemetry: Telemetry<Context>;
  readonly spans: readonly RecordedSpan[];
  readonly measurements: readonly Measurement[];
}

/** A new one, that has heard nothing yet. */
export function recordTelemetry(): RecordingTelemetry {
  const spans: RecordedSpan[] = [];
  const measurements: Measurement[] = [];
  const active = new AsyncLocalStorage<Context>();
  const instrument = (name: string) => {
    const keep = (value: number, attributes?: Attributes): void => {
      measurements.push({ instrument: name, value, attributes });
    };
    return { add: keep, record: keep };
  };
  const telemetry: Telemetry<Context> = {
    tracer: {
      startSpan(name: string, options?: SpanOptions, context?: Context): Span<Context> {
        const parent = (context ?? active.getStore())?.span;
        const events: [string, Attributes | undefined][] = [];
        const span = {
          ...{ name, kind: options?.kind, attributes: {} as Attributes, events, parent },
          isEnded: false,
        };
        spans.push(span);
        return {
          setSpanOnContext: () => ({ span }),
          setAttribute: (key, value) => {
            span.attributes[key] = value;
          },
          setAttributes: (attributes) => void Object.assign(span.attributes, attributes),
          addEvent: (event, attributes) => void events.push([event, attributes]),
          recordException: (exception) => void events.push([`${exception}`, undefined]),
          end: () => {
            span.isEnded = true;
          },
        };
      },
    },
    contextManager: {
      with: ((context: Context, run: () => unknown) => active.run(context, run)) as never,
      active: () => active.getStore() ?? {},
      root: () => ({}),
      // What travels in a job names a span by its place in the list.
      getMetadata: (context: Context) => `${context.span ? spans.indexOf(context.span) : ''}`,
      fromMetadata: ((_active: Context, metadata: string) => ({
        span: spans[Number(metadata)],
      })) as never,
    },
    meter: { createCounter: instrument, createHistogram: instrument, createGauge: instrument },
  };
  return { telemetry, spans, measurements };
}
