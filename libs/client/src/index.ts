export * from './worker-requests.js';
export * from './stowage-client.js';
export * from './storage-refused.js';
export * from './connect.js';
