export { startTracing } from './start-tracing.js';
export { currentTrace, failSpan, inSpan, spanOfWork, stepRecorder } from './span.js';
export { traceHttpServer } from './http-server.js';
export { databaseGauge } from './database-gauge.js';
export { watchBroker } from './broker-metrics.js';
