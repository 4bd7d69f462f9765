import { describeStorageDriver } from '../testing/describe-storage-driver.js';
import { MemoryDriver } from './driver.js';

const objects = new Map();
describeStorageDriver('memory', { open: () => Promise.resolve(new MemoryDriver(objects)) });
