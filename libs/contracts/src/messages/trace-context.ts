import type { EnvelopeHeaders } from './envelope.js';

/** W3C Trace Context as it travels in headers and lies in rows: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  traceparent: string | null;
  tracestate: string | null;
}

export const NO_TRACE: TraceContext = { traceparent: null, tracestate: null };

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** At least 512 characters should be carried; printable ASCII. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** What is not of the standard's shape counts as absent, as the standard has it: it is the sender's, not to be trusted. */
export function traceContextOf({
  traceparent,
  tracestate,
}: Pick<EnvelopeHeaders, 'traceparent' | 'tracestate'>): TraceContext {
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return NO_TRACE;
  return { traceparent, tracestate: typeof tracestate === 'string' && TRACESTATE.test(tracestate) ? tracestate : null };
}

/** The headers that carry it. */
export function traceHeaders({
  traceparent,
  tracestate,
}: TraceContext): Pick<EnvelopeHeaders, 'traceparent' | 'tracestate'> {
  if (traceparent === null) return {};
  return tracestate === null ? { traceparent } : { traceparent, tracestate };
}
