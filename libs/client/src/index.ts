export * from './worker-requests.js';
