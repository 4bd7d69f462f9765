import {
  type Attributes,
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { NO_TRACE, type TraceContext, traceContextOf, traceHeaders } from '@stowage/contracts';

export interface SpanOptions {
  /** Default: internal. */
  kind?: SpanKind;
  /** What it belongs to; where that carries no trace, the span that is active here. */
  parent?: TraceContext;
  /** Whether to link to the parent too: how tools find what was asked for in one place and done later in another. */
  linked?: boolean;
  attributes?: Attributes;
}

let tracing = false;

/** Whether spans are exported. Where not, nothing of the SDK is loaded. */
export const isTracing = (): boolean => tracing;

/** For `startTracing` alone. */
export function setTracing(on: boolean): void {
  tracing = on;
}

/** Runs the work as a span, or just runs it where nothing is traced. A span never holds the text of an error. */
export async function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  if (!tracing) return work();
  const { span, active } = startSpan(name, options);
  try {
    return await context.with(active, work);
  } catch (error) {
    fail(span, errorTypeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** As `inSpan`, for work that has no end in the code here. */
export function startSpan(name: string, options: SpanOptions): { span: Span; active: Context } {
  const { kind, attributes, parent = NO_TRACE, linked = false } = options;
  const within = parent.traceparent === null ? context.active() : contextOf(parent);
  const origin = linked ? trace.getSpanContext(within) : undefined;
  const links = origin === undefined ? [] : [{ context: origin }];
  const span = trace.getTracer('stowage').startSpan(name, { kind, attributes, links }, within);
  return { span, active: trace.setSpan(within, span) };
}

/** Returns what records parts of the span that is active now, each when it has ended, wherever it is called. */
export function stepRecorder(): (name: string, durationMs: number, attributes: Attributes) => void {
  if (!tracing) return () => undefined;
  const within = context.active();
  return (name, durationMs, attributes) => {
    const end = Date.now();
    trace
      .getTracer('stowage')
      .startSpan(name, { startTime: end - durationMs, attributes }, within)
      .end(end);
  };
}

/** The run of work that was asked for before: a part of that trace, and linked to it. */
export function spanOfWork({ kind, id, trace: parent }: { kind: string; id: string; trace: TraceContext }) {
  const attributes = {
    'messaging.system': 'stowage',
    'messaging.destination.name': 'storage_operations',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.message.id': id,
    'stowage.operation.kind': kind,
  };
  return [`process ${kind}`, { kind: SpanKind.CONSUMER, parent, linked: true, attributes }] as const;
}

/** Marks the active span as failed. @param type of a small set, e.g. an error code; never a message */
export function failSpan(type: string): void {
  if (!tracing) return;
  const span = trace.getActiveSpan();
  if (span) fail(span, type);
}

/** Of the active span, for a header or a row; null where nothing is traced. */
export function currentTrace(): TraceContext | null {
  if (!tracing) return null;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier, defaultTextMapSetter);
  return traceContextOf(carrier);
}

/** Something that came from outside, as the parent of what follows. */
export function contextOf(origin: TraceContext): Context {
  return propagation.extract(context.active(), traceHeaders(origin), defaultTextMapGetter);
}

function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Codes and reasons of our own errors, of the database and of Node.js; else the class. */
function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  return [code, reason].find((name): name is string => typeof name === 'string') ?? error.name;
}
