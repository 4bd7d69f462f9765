import { NO_TRACE, traceContextOf, traceHeaders } from './trace-context.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('trace context', () => {
  it.each([
    { traceparent: TRACEPARENT, tracestate: 'vendor=a,other=b' },
    { traceparent: TRACEPARENT, tracestate: null },
    NO_TRACE,
  ])('goes into headers and comes out of them: %j', (trace) => {
    expect(traceContextOf(traceHeaders(trace))).toEqual(trace);
  });

  it.each([
    ['no text', 7],
    ['no traceparent', 'hello'],
    ['version ff', TRACEPARENT.replace('00-', 'ff-')],
    ['a trace of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['a span of zeros', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
    ['a byte that no column holds', `${TRACEPARENT}\0`],
    ['a flood', TRACEPARENT.repeat(1000)],
  ])('counts as absent where it is %s', (_what, traceparent) => {
    expect(traceContextOf({ traceparent: traceparent as string, tracestate: 'vendor=a' })).toEqual(NO_TRACE);
  });

  it('loses a state that is too long or not printable, and keeps the trace', () => {
    for (const tracestate of ['a'.repeat(513), 'a=\0', 'a=ü', '']) {
      expect(traceContextOf({ traceparent: TRACEPARENT, tracestate })).toEqual({
        traceparent: TRACEPARENT,
        tracestate: null,
      });
    }
  });
});
