import { context, propagation, trace } from '@opentelemetry/api';
import { nameOf } from '@stowage/contracts';
import type { Broker } from '@stowage/messaging';
import { setTracing } from './span.js';
import { TracedBroker } from './traced-broker.js';

const STOP_TIMEOUT_MS = 2_000;
const SILENCE_MS = 60_000;

interface TracingOptions {
  /** `service.name` */
  service: string;
  /** OTEL_EXPORTER_OTLP_ENDPOINT, e.g. http://127.0.0.1:4318; null = off */
  endpoint: string | null;
  logger?: { warn(message: string): void };
}

interface Tracing {
  /** The broker, traced; when off, the very same. */
  broker(broker: Broker): Broker;
  /** Sends what is left, for at most two seconds. */
  stop(): Promise<void>;
}

const OFF: Tracing = { broker: (broker) => broker, stop: async () => undefined };

/**
 * Exports spans by OTLP over HTTP as JSON, to `<endpoint>/v1/traces`. The SDK is loaded only here, only when there is an
 * endpoint. It takes OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER and OTEL_BSP_* from the environment by itself.
 */
export async function startTracing({ service, endpoint, logger }: TracingOptions): Promise<Tracing> {
  if (endpoint === null) return OFF;
  const [sdk, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, core, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': String(process.pid) }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  const lost = once((kind) => logger?.warn(`Traces are lost, going on without: ${kind}`));
  core.setGlobalErrorHandler(lost);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  setTracing(true);
  return {
    broker: (broker) => new TracedBroker(broker),
    stop: async () => {
      setTracing(false);
      await Promise.race([
        provider.shutdown().catch(lost),
        new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref()),
      ]);
      for (const api of [context, propagation, trace]) api.disable();
    },
  };
}

/** A collector that is away fails every few seconds; once a minute is enough to know. */
function once(tell: (kind: string) => void): (error: unknown) => void {
  let silentUntil = 0;
  return (error) => {
    if (Date.now() < silentUntil) return;
    silentUntil = Date.now() + SILENCE_MS;
    tell(nameOf(error));
  };
}
