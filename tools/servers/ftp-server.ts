export interface FtpUser {
  access_key: string;
  secret_key: string;
}

/** What both FTP servers offer. */
export interface FtpServer<UserName extends string> {
  host: string;
  /** Clear text only. */
  plainPort: number;
  /** AUTH TLS required, data connections must resume the TLS session. */
  explicitTlsPort: number;
  implicitTlsPort: number;
  /** PEM that clients must trust. */
  certificate: string;
  users: Record<UserName, FtpUser>;
  /** The folder of an account as this machine sees it; not for `full`, whose disk exists only inside the server. */
  folderOf(user: UserName): string;
  log(): string;
  stop(): Promise<void>;
}
