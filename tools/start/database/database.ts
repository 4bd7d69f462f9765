export interface Database {
  /** Owns the tables: for migrations and the worker. */
  ownerUrl: string;
  /** How it was found, for people. */
  description: string;
  /** To be called when the tables are there. The gateway reads all but the credentials, where that can be arranged. */
  gatewayUrl(): Promise<string>;
  stop(): Promise<void>;
}
