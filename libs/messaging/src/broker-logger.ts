/** Fits NestJS's Logger and the console. */
export interface BrokerLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const nothing = (): void => undefined;
export const silent: BrokerLogger = { log: nothing, warn: nothing, error: nothing };
