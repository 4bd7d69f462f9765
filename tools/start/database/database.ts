export interface Database {
  /** Owns the tables: for migrations and administrators. */
  ownerUrl: string;
  /** How it was found, for people. */
  description: string;
  /** To be called when the tables are there: their users have the rights of a gateway and a worker and no others. */
  applicationUrls(): Promise<{ gateway: string; worker: string }>;
  stop(): Promise<void>;
}
