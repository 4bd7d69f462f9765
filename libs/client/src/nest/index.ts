export * from './storage-client.module.js';
